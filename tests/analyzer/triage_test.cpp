// SPDX-License-Identifier: Apache-2.0
// Patterns of paths, levels by name, fingerprints.
#include <gtest/gtest.h>

#include "analyzer/triage/fingerprint.h"
#include "analyzer/triage/settings.h"

namespace nfproof::analyzer {
namespace {

TEST(Pattern, StarStaysInOneName) {
  EXPECT_TRUE(matches_pattern("*.v4", "rules.v4"));
  EXPECT_TRUE(matches_pattern("*.v4", "deep/er/rules.v4"));  // without a slash: about the name
  EXPECT_TRUE(matches_pattern("deep/*.v4", "deep/rules.v4"));
  EXPECT_FALSE(matches_pattern("deep/*.v4", "deep/er/rules.v4"));
  EXPECT_TRUE(matches_pattern("deep/r?les.v4", "deep/rules.v4"));
  EXPECT_FALSE(matches_pattern("deep?rules.v4", "deep/rules.v4"));
  EXPECT_FALSE(matches_pattern("*.v4", "rules.v6"));
}

TEST(Pattern, TwoStarsTakeDirectories) {
  EXPECT_TRUE(matches_pattern("**/rules.v4", "rules.v4"));
  EXPECT_TRUE(matches_pattern("a/**/rules.v4", "a/b/c/rules.v4"));
  EXPECT_TRUE(matches_pattern("a/**", "a/b/c"));
  EXPECT_FALSE(matches_pattern("a/**/x", "b/a/x"));
  EXPECT_TRUE(matches_pattern("**/b/*.v4", "a/b/c/b/x.v4"));
  EXPECT_FALSE(matches_pattern("**/b/*.v4", "a/b/c/x.v4"));
  EXPECT_TRUE(matches_pattern("", ""));
  EXPECT_FALSE(matches_pattern("", "a"));
}

TEST(Pattern, IsNotSlowOnManyStars) {
  const std::string stars = "/*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b";
  EXPECT_FALSE(matches_pattern(stars, '/' + std::string(5000, 'a')));
}

TEST(Levels, TheLongestNameHolds) {
  const CheckInfo& check = *find_check("NF101");
  EXPECT_EQ(level_by({{"NF101", Level::kInfo}, {"NF1", Level::kError}}, check, Level::kWarning), Level::kInfo);
  EXPECT_EQ(level_by({{"NF1", Level::kError}, {"shadowed-rule", std::nullopt}}, check, Level::kWarning), std::nullopt);
  EXPECT_EQ(level_by({{"NF2", Level::kError}}, check, Level::kWarning), Level::kWarning);
}

TEST(Checks, AreNamedInAnyCase) {
  const CheckInfo& check = *find_check("NF101");
  EXPECT_TRUE(names_check("nf1", check));
  EXPECT_TRUE(names_check("Shadowed-Rule", check));
  EXPECT_FALSE(names_check("shadowed", check));
  EXPECT_FALSE(names_check("", check));
  EXPECT_FALSE(is_check_name("NF9999"));
}

TEST(Fingerprint, IgnoresPlacesAndNumbers) {
  ir::Ruleset ruleset;
  ir::Chain chain;
  chain.name = "INPUT";
  chain.table = ruleset.add_table({"filter", ir::Family::kIpv4, {}, {}});
  chain.rules.resize(3);
  chain.rules[1].basic = "-p tcp";
  const ir::ChainId input = ruleset.add_chain(std::move(chain));
  const auto finding = [&](std::uint32_t rule, std::string message) {
    Finding made;
    made.id = "NF101";
    made.chain = input;
    made.rule = ir::RuleRef{input, rule};
    made.message = std::move(message);
    return made;
  };
  std::vector<Finding> findings = {finding(0, "rule 1 of `INPUT`"), finding(2, "rule 7 of `INPUT`"),
                                   finding(1, "rule 1 of `INPUT`"), finding(0, "rule 1 of `X`")};
  findings[1].span = {source::FileId{}, 4, 1, 9};
  set_fingerprints(ruleset, findings);
  std::vector<Finding> alone = {finding(2, "rule 9 of `INPUT`")};
  set_fingerprints(ruleset, alone);
  EXPECT_EQ(alone[0].fingerprint, findings[0].fingerprint);
  EXPECT_NE(findings[0].fingerprint, findings[1].fingerprint);  // the second of the same kind
  EXPECT_NE(findings[0].fingerprint, findings[2].fingerprint);
  EXPECT_NE(findings[0].fingerprint, findings[3].fingerprint);
}

}  // namespace
}  // namespace nfproof::analyzer
