// SPDX-License-Identifier: Apache-2.0
// The same packets through a ruleset and through its translation, each in a namespace of its own: every packet must
// meet the same fate, with the same mark and the same bytes. NFPROOF_REPLAY_ROUNDS sets how many random rulesets are
// tried.
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <tuple>

#include "tests/kernel/translate_compare.h"
#include "tests/kernel/translate_random.h"

namespace nfproof::testing {
namespace {

class TranslateReplay : public ::testing::TestWithParam<std::tuple<Family, bool>> {};

TEST_P(TranslateReplay, RandomPacketsMeetTheSameFate) {
  NFPROOF_NEEDS_KERNEL();
  const auto [family, conntrack] = GetParam();
  const char* rounds = std::getenv("NFPROOF_REPLAY_ROUNDS");
  const unsigned last = rounds != nullptr ? static_cast<unsigned>(std::stoul(rounds)) : 15;
  Replay replay;
  for (unsigned seed = 1; seed <= last; ++seed) {
    TranslateRandom random(seed, family, conntrack);
    const std::string ruleset = random.ruleset();
    expect_same_fates(ruleset, family, TranslateRandom::lab(), random.traffic(400), replay);
    ASSERT_FALSE(HasFailure()) << "seed " << seed;
  }
  std::cout << replay.summary() << "\n";
}

std::string replay_name(const ::testing::TestParamInfo<std::tuple<Family, bool>>& info) {
  return std::string(std::get<0>(info.param) == Family::kIpv4 ? "Ipv4" : "Ipv6") +
         (std::get<1>(info.param) ? "Tracked" : "Untracked");
}

INSTANTIATE_TEST_SUITE_P(All, TranslateReplay,
                         ::testing::Combine(::testing::Values(Family::kIpv4, Family::kIpv6), ::testing::Bool()),
                         replay_name);

}  // namespace
}  // namespace nfproof::testing
