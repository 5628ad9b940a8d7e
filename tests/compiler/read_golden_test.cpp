// SPDX-License-Identifier: Apache-2.0
// Files to diagnostics and canonical text: every ruleset in golden/read has its expectation beside it.
#include <gtest/gtest.h>

#include "backends/iptables_save.h"
#include "compiler/frontend/compile.h"
#include "tests/compiler/golden.h"

namespace nfproof::testing {
namespace {

std::string place(const source::Span& span) {
  return std::to_string(span.line) + ':' + std::to_string(span.column) + '-' + std::to_string(span.end_column);
}

const char* severity(source::Severity severity) {
  switch (severity) {
    case source::Severity::kNote: return "note";
    case source::Severity::kWarning: return "warning";
    case source::Severity::kError: return "error";
  }
  return "";
}

std::string read_and_print(const std::filesystem::path& path) {
  compiler::Compilation compilation;
  compiler::add_file(compilation, path.string(), {});
  compiler::finish(compilation);
  std::string out;
  for (const source::Diagnostic& diagnostic : compilation.diagnostics.all()) {
    out += place(diagnostic.span) + ": " + severity(diagnostic.severity) + ": " + diagnostic.message + " [" +
           diagnostic.id + "]\n";
    for (const source::Label& label : diagnostic.labels) out += "  " + place(label.span) + ": " + label.message + '\n';
  }
  backends::SaveOptions options;
  options.counters = true;
  return out + backends::save_text(compilation.ruleset, compilation.files.front().family, options);
}

TEST(ReadGolden, EveryFile) {
  const auto folder = std::filesystem::path(NFPROOF_SOURCE_DIR) / "tests/compiler/golden/read";
  const auto files = files_in(folder, {".v4", ".v6", ".txt"});
  EXPECT_FALSE(files.empty());
  for (const auto& file : files) {
    SCOPED_TRACE(file.string());
    expect_golden(file.string() + ".expected", read_and_print(file));
  }
}

}  // namespace
}  // namespace nfproof::testing
