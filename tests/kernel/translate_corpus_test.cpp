// SPDX-License-Identifier: Apache-2.0
// Does nft take the translation of every ruleset we have, the examples and the corpus (NFPROOF_CORPUS), plain and
// optimised? Also of those that hold rules without translation: what is left must load. And a translation may be loaded
// again over itself, and listed.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <map>
#include <vector>

#include "backends/nft.h"
#include "compiler/frontend/compile.h"
#include "tests/kernel/harness/tools.h"

namespace nfproof::testing {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> rulesets_under(const fs::path& root) {
  std::vector<fs::path> files;
  std::error_code error;
  for (const auto& entry : fs::recursive_directory_iterator(root, error)) {
    const fs::path extension = entry.path().extension();
    if (extension == ".v4" || extension == ".v6") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

fs::path corpus() {
  const char* told = std::getenv("NFPROOF_CORPUS");
  return told != nullptr ? fs::path(told) : fs::path(NFPROOF_SOURCE_DIR) / "../shared/corpus";
}

struct Translated {
  bool understood = false;  ///< every line
  backends::NftTranslation translation;
};

Translated translate(const fs::path& path, bool optimize = false) {
  compiler::Compilation compilation;
  compiler::add_file(compilation, path.string(), {});
  const fs::path sets = fs::path(path).replace_extension(".ipset");
  if (fs::exists(sets)) compiler::add_file(compilation, sets.string(), {});
  compiler::finish(compilation);
  backends::NftOptions options;
  options.sets = &compilation.sets;
  options.optimize = optimize;
  if (optimize) options.counters = backends::NftOptions::Counters::kNone;
  options.source = path.filename().string();
  return {!compilation.diagnostics.has_errors(), backends::to_nft(compilation.ruleset, options)};
}

/// What is wrong with a text. Targets that this kernel is built without are not the text's fault.
std::string complaint(const std::string& text) {
  const RoundTrip twice = Scratch::nft(text + text);
  if (twice.ok()) return "";
  const ToolResult result = twice.load.ok() ? twice.save : twice.load;
  const bool missing_queue =
      text.find(" queue num ") != std::string::npos &&
      !Scratch::check_nft("table ip t { chain c { type filter hook input priority 0; queue num 0; }\n}\n").ok();
  return missing_queue ? "" : result.err.substr(0, 2000);
}

struct Tally {
  std::size_t files = 0, understood = 0, full = 0, accepted = 0, rules = 0, untranslated = 0;
  std::map<std::string, std::size_t> reasons;
};

void check(const std::vector<fs::path>& files, Tally& tally) {
  for (const fs::path& path : files) {
    const Translated result = translate(path);
    const std::string wrong = complaint(result.translation.text);
    EXPECT_EQ(wrong, "") << path;
    EXPECT_EQ(complaint(translate(path, true).translation.text), "") << path << " optimised";
    ++tally.files;
    tally.understood += result.understood ? 1 : 0;
    tally.full += result.understood && result.translation.untranslated == 0 ? 1 : 0;
    tally.accepted += wrong.empty() ? 1 : 0;
    tally.rules += result.translation.rules;
    tally.untranslated += result.translation.untranslated;
    for (const source::Diagnostic& d : result.translation.diagnostics.all()) {
      if (d.severity == source::Severity::kError) ++tally.reasons[d.message];
    }
  }
}

void print(const Tally& tally) {
  std::cout << tally.files << " files, " << tally.understood << " understood, " << tally.full
            << " of them translated in full; nft takes " << tally.accepted << " translations; " << tally.untranslated
            << " of " << tally.rules << " rules have none\n";
  for (const auto& [reason, count] : tally.reasons) std::cout << "  " << count << " x " << reason << "\n";
}

TEST(TranslateExamples, AreTakenInFull) {
  NFPROOF_NEEDS_KERNEL();
  Tally tally;
  check(rulesets_under(fs::path(NFPROOF_SOURCE_DIR) / "examples"), tally);
  EXPECT_GE(tally.files, 8U);
  EXPECT_EQ(tally.full, tally.files);
  print(tally);
}

TEST(TranslateExamples, LoadTwice) {
  NFPROOF_NEEDS_KERNEL();
  for (const fs::path& path : rulesets_under(fs::path(NFPROOF_SOURCE_DIR) / "examples")) {
    const std::string text = translate(path).translation.text;
    const RoundTrip once = Scratch::nft(text);
    const RoundTrip twice = Scratch::nft(text + text);
    ASSERT_TRUE(once.ok()) << path << once.load.err;
    ASSERT_TRUE(twice.ok()) << path << twice.load.err;
    EXPECT_EQ(once.save.out, twice.save.out) << path;
  }
}

TEST(TranslateCorpus, IsTaken) {
  NFPROOF_NEEDS_KERNEL();
  const std::vector<fs::path> files = rulesets_under(corpus() / "rulesets");
  if (files.empty()) GTEST_SKIP() << "*** NO CORPUS at " << corpus() << ": set NFPROOF_CORPUS ***";
  Tally tally;
  check(files, tally);
  print(tally);
}

}  // namespace
}  // namespace nfproof::testing
