// SPDX-License-Identifier: Apache-2.0
// Translations as text. Each file under tests/backends/nft is a ruleset followed by its translation and the messages:
//
//   *filter
//   ...
//   COMMIT
//   ----- nft
//   (expected text)
//   ----- messages
//   LINE:COLUMN: severity: message [id]
//
// The name's end says the family (`.v4`, `.v6`). NFPROOF_REGENERATE=1 rewrites the expectations.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

#include "backends/nft.h"
#include "compiler/frontend/compile.h"

namespace nfproof {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kTextMark = "----- nft\n";
constexpr std::string_view kMessagesMark = "----- messages\n";

std::string read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::string_view severity_name(source::Severity severity) {
  switch (severity) {
    case source::Severity::kNote: return "note";
    case source::Severity::kWarning: return "warning";
    case source::Severity::kError: return "error";
  }
  return "";
}

std::string messages(const source::Diagnostics& diagnostics) {
  std::string out;
  for (const source::Diagnostic& d : diagnostics.all()) {
    out += std::to_string(d.span.line) + ":" + std::to_string(d.span.column) + ": " +
           std::string(severity_name(d.severity)) + ": " + d.message + " [" + d.id + "]\n";
  }
  return out;
}

std::vector<fs::path> golden_files() {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(fs::path(NFPROOF_SOURCE_DIR) / "tests/backends/nft")) {
    files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

class NftGolden : public ::testing::TestWithParam<fs::path> {};

TEST_P(NftGolden, TranslatesAsExpected) {
  const std::string golden = read_file(GetParam());
  const std::string input = golden.substr(0, golden.find(kTextMark));
  compiler::Compilation compilation;
  compiler::CompileOptions compile_options;
  compile_options.family = GetParam().extension() == ".v6" ? ir::Family::kIpv6 : ir::Family::kIpv4;
  compiler::add_text(compilation, GetParam().filename().string(), input, compile_options);
  compiler::finish(compilation);
  EXPECT_FALSE(compilation.diagnostics.has_errors()) << messages(compilation.diagnostics);

  backends::NftOptions options;
  options.source = GetParam().filename().string();
  const backends::NftTranslation translation = backends::to_nft(compilation.ruleset, options);
  const std::string actual = input + std::string(kTextMark) + translation.text + std::string(kMessagesMark) +
                             messages(translation.diagnostics);
  if (std::getenv("NFPROOF_REGENERATE") != nullptr) {
    std::ofstream(GetParam(), std::ios::binary) << actual;
    return;
  }
  EXPECT_EQ(actual, golden) << "if this is right: NFPROOF_REGENERATE=1 backends_test";
}

std::string test_name(const ::testing::TestParamInfo<fs::path>& file) {
  std::string name = file.param.filename().string();
  std::replace_if(
      name.begin(), name.end(), [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; }, '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Files, NftGolden, ::testing::ValuesIn(golden_files()), test_name);

}  // namespace
}  // namespace nfproof
