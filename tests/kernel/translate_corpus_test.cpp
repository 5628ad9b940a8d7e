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
#include "backends/nft_json.h"
#include "compiler/frontend/compile.h"
#include "tests/kernel/harness/netns.h"
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

/// What nft lists after it took the JSON. A set that no rule fills has no flag `dynamic` there.
std::string listing_of_json(const std::string& json) {
  Netns place;
  std::string error;
  if (!Netns::create(&place, &error)) return error;
  const Netns::Visit visit(place);
  const ToolResult loaded = run_tool({"nft", "-j", "-f", "-"}, json);
  return loaded.ok() ? nft_list().out : loaded.err.substr(0, 2000);
}

/// Where there is a timeout, nft lists the flag only beside others.
std::string without_dynamic(std::string text) {
  for (const std::string flag : {"\t\tflags dynamic\n", "dynamic,", "\t\tflags timeout\n"})
    for (std::size_t at = 0; (at = text.find(flag, at)) != std::string::npos;) text.erase(at, flag.size());
  return text;
}

void expect_same_in_json(const Translated& result, const fs::path& path) {
  const RoundTrip text = Scratch::nft(result.translation.text);
  if (!text.load.ok()) return;  // told elsewhere
  EXPECT_EQ(without_dynamic(text.save.out),
            without_dynamic(listing_of_json(backends::nft_json(result.translation.tables).text)))
      << path;
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
    const Translated optimised = translate(path, true);
    EXPECT_EQ(complaint(optimised.translation.text), "") << path << " optimised";
    expect_same_in_json(result, path);
    expect_same_in_json(optimised, path);
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

/// Rulesets of both families that lie beside each other, as one.
TEST(TranslateCorpus, IsTakenAsInet) {
  NFPROOF_NEEDS_KERNEL();
  std::map<fs::path, std::vector<fs::path>> by_place;
  for (const fs::path& path : rulesets_under(corpus() / "rulesets")) {
    std::vector<fs::path>& of_place = by_place[path.parent_path()];
    if (of_place.empty() || (of_place.size() == 1 && of_place[0].extension() != path.extension()))
      of_place.push_back(path);
  }
  std::size_t taken = 0;
  for (const auto& [place, files] : by_place) {
    if (files.size() != 2) continue;
    compiler::Compilation compilation;
    for (const fs::path& path : files) compiler::add_file(compilation, path.string(), {});
    compiler::finish(compilation);
    for (const bool optimize : {false, true}) {
      backends::NftOptions options;
      options.inet = true;
      options.optimize = optimize;
      EXPECT_EQ(complaint(backends::to_nft(compilation.ruleset, options).text), "") << place;
    }
    ++taken;
  }
  if (taken == 0) GTEST_SKIP() << "*** NO CORPUS at " << corpus() << ": set NFPROOF_CORPUS ***";
  std::cout << taken << " pairs of files\n";
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
