// SPDX-License-Identifier: Apache-2.0
// Rulesets and their translations to nftables, read back: the same packets have the same fate, leave with the same
// bytes and carry the same marks. Random rulesets here; those of the corpus in nft_reread_corpus_test.cpp.
#include <gtest/gtest.h>

#include "backends/nft.h"
#include "tests/property/reread.h"
#include "tests/support/random_nft.h"
#include "tests/support/random_ruleset.h"

namespace nfproof::testing {
namespace {

TEST(NftReread, RandomRulesetsMeanTheSame) {
  std::size_t complete = 0;
  for (std::uint64_t seed = 1; seed <= 60 && !HasFailure(); ++seed) {
    for (const bool v6 : {false, true}) {
      RulesetOptions shape;
      shape.v6 = v6;
      shape.rules = 60;
      // What chance decides, and what is told to differ.
      shape.without = {"statistic", "limit", "TCPMSS", "hashlimit", "recent", "connlimit", "quota"};
      const std::string text = random_ruleset(seed, shape);
      const std::string where = "seed " + std::to_string(seed) + (v6 ? " v6" : " v4");
      complete += expect_reread_agrees(text, v6 ? ir::Family::kIpv6 : ir::Family::kIpv4, seed, where) ? 1 : 0;
    }
  }
  EXPECT_GT(complete, 20U);
}

/// Tables of both families meet packets of both, whatever their rules are about.
TEST(NftReread, RandomFilesOfNftablesMeanTheSame) {
  std::size_t complete = 0;
  for (std::uint64_t seed = 1; seed <= 60 && !HasFailure(); ++seed) {
    const std::string text = random_nft(seed, seed % 2 == 0);
    for (const bool v6 : {false, true}) {
      const std::string where = "seed " + std::to_string(seed) + (v6 ? " v6" : " v4");
      complete += expect_reread_agrees(text, v6 ? ir::Family::kIpv6 : ir::Family::kIpv4, seed, where) ? 1 : 0;
    }
  }
  EXPECT_GT(complete, 10U);
}

}  // namespace
}  // namespace nfproof::testing
