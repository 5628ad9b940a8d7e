// SPDX-License-Identifier: Apache-2.0
// What `nft -j list ruleset` prints means what `nft list ruleset` prints of the same ruleset: one rule of each kind
// (nft_kinds.nft), files as people write them (nft_files), random ones.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

#include "tests/kernel/harness/netns.h"
#include "tests/kernel/harness/process.h"
#include "tests/support/meaning.h"
#include "tests/support/random_nft.h"

namespace nfproof::testing {
namespace {

constexpr std::string_view kBetween = "\n#####\n";

std::string meaning_of(const std::string& text) {
  compiler::Compilation compilation;
  compiler::CompileOptions options;
  options.includes = false;
  compiler::add_text(compilation, "listing", text, options);
  compiler::finish(compilation);
  return meaning(compilation);
}

struct Outcome {
  bool loaded = false;
  std::size_t rules = 0;
};

/// In a network namespace of its own.
Outcome expect_same_listings(const std::string& text, const std::string& name) {
  const std::string script =
      "nft -f - && nft -s list ruleset && printf '" + std::string("\\n#####\\n") + "' && nft -s -j list ruleset";
  const ToolResult listed = run_tool({"unshare", "-n", "sh", "-c", script}, text);
  const std::size_t at = listed.out.find(kBetween);
  if (!listed.ok() || at == std::string::npos) return {};
  const std::string of_text = meaning_of(listed.out.substr(0, at));
  const std::string of_json = meaning_of(listed.out.substr(at + kBetween.size()));
  EXPECT_EQ(of_json, of_text) << name;
  EXPECT_EQ(of_text.find("error: "), std::string::npos) << name << '\n' << of_text;
  return {true, static_cast<std::size_t>(std::count(of_text.begin(), of_text.end(), '\n'))};
}

std::string text_of(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST(NftJsonListing, OneRuleOfEachKind) {
  NFPROOF_NEEDS_KERNEL();
  const auto path = std::filesystem::path(NFPROOF_SOURCE_DIR) / "tests/kernel/nft_kinds.nft";
  const Outcome outcome = expect_same_listings(text_of(path), path.string());
  EXPECT_TRUE(outcome.loaded);
  EXPECT_GT(outcome.rules, 200U);
}

TEST(NftJsonListing, FilesAsPeopleWriteThem) {
  NFPROOF_NEEDS_KERNEL();
  std::size_t files = 0;
  const auto folder = std::filesystem::path(NFPROOF_SOURCE_DIR) / "tests/kernel/nft_files";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    EXPECT_TRUE(expect_same_listings(text_of(entry.path()), entry.path().string()).loaded) << entry.path();
    ++files;
  }
  EXPECT_GE(files, 20U);
}

TEST(NftJsonListing, RandomOnes) {
  NFPROOF_NEEDS_KERNEL();
  std::size_t loaded = 0;
  for (std::uint64_t seed = 1; seed <= 40; ++seed)
    loaded += expect_same_listings(random_nft(seed, seed % 2 == 0), "seed " + std::to_string(seed)).loaded ? 1 : 0;
  EXPECT_GE(loaded, 30U);  // nft refuses rules of protocols that exclude each other
}

}  // namespace
}  // namespace nfproof::testing
