// SPDX-License-Identifier: Apache-2.0
// Short cuts of the simulator change nothing: with tables that step over rules and with memory that is used again,
// every result and every counter is what looking at each rule gives.
#include <gtest/gtest.h>

#include "tests/sim/scene.h"
#include "tests/support/random_ruleset.h"

namespace nfproof::testing {
namespace {

constexpr sim::Nanoseconds kStep = 50'000'000;

void expect_same(const sim::Result& fast, const sim::Result& plain, const std::string& where) {
  EXPECT_EQ(fast.disposition, plain.disposition) << where;
  EXPECT_EQ(fast.hook, plain.hook) << where;
  EXPECT_EQ(fast.verdict, plain.verdict) << where;
  EXPECT_EQ(fast.decided_by, plain.decided_by) << where;
  EXPECT_EQ(fast.reason, plain.reason) << where;
  EXPECT_EQ(fast.before, plain.before) << where;
  EXPECT_EQ(fast.after, plain.after) << where;
  EXPECT_EQ(fast.bytes, plain.bytes) << where;
  EXPECT_EQ(fast.rewritten, plain.rewritten) << where;
  EXPECT_EQ(fast.logs.size(), plain.logs.size()) << where;
  EXPECT_EQ(fast.assumptions.size(), plain.assumptions.size()) << where;
}

void expect_same_counters(Scene& fast, Scene& plain, const std::string& where) {
  for (std::size_t chain = 0; chain < fast.ruleset().chains.size(); ++chain)
    for (std::uint32_t rule = 0; rule <= fast.ruleset().chains[chain].rules.size(); ++rule) {
      const ir::RuleRef ref{ir::ChainId{static_cast<std::uint32_t>(chain)}, rule};
      EXPECT_EQ(fast.simulator().counters(ref), plain.simulator().counters(ref))
          << where << ", chain " << fast.ruleset().chains[chain].name << ", rule " << rule + 1;
    }
}

/// The same traffic through a fast and a plain simulator; `facts` compares what is told without details.
void compare(std::uint64_t seed, bool v6, int rules) {
  const std::string where = "seed " + std::to_string(seed) + (v6 ? " v6" : " v4");
  RulesetOptions shape;
  shape.v6 = v6;
  shape.rules = rules;
  const std::string text = random_ruleset(seed, shape);
  const ir::Family family = v6 ? ir::Family::kIpv6 : ir::Family::kIpv4;
  sim::SimOptions linear;
  linear.linear = true;
  sim::SimOptions brief;
  brief.details = false;
  Scene plain(text, family, linear), fast(text, family), terse(text, family, brief);
  Traffic traffic(seed, {.v6 = v6});
  sim::Result of_fast, of_terse;
  for (int i = 0; i < 400 && !::testing::Test::HasFailure(); ++i) {
    const TrafficPacket packet = traffic.next();
    sim::Arrival arrival;
    arrival.in = packet.interface;
    arrival.time = i * kStep;
    arrival.direction = packet.local ? sim::Direction::kOutgoing : sim::Direction::kIncoming;
    const sim::PacketBytes bytes{.data = packet.bytes};
    const sim::Result expected = plain.simulator().inject(bytes, arrival);
    fast.simulator().inject(bytes, arrival, of_fast);
    terse.simulator().inject(bytes, arrival, of_terse);
    const std::string at = where + ", packet " + std::to_string(i + 1);
    expect_same(of_fast, expected, at);
    EXPECT_EQ(of_terse.disposition, expected.disposition) << at;
    EXPECT_EQ(of_terse.decided_by, expected.decided_by) << at;
    if (expected.disposition == sim::Disposition::kAccepted) traffic.left(expected.bytes);
  }
  expect_same_counters(fast, plain, where);
  expect_same_counters(terse, plain, where + ", without details");
}

TEST(ShortCuts, ChangeNothing) {
  for (std::uint64_t seed = 1; seed <= 60 && !HasFailure(); ++seed)
    for (const bool v6 : {false, true}) compare(seed, v6, 150);
}

TEST(ShortCuts, ChangeNothingInLongChains) {
  for (std::uint64_t seed = 1; seed <= 6 && !HasFailure(); ++seed)
    for (const bool v6 : {false, true}) compare(1000 + seed, v6, 3000);
}

}  // namespace
}  // namespace nfproof::testing
