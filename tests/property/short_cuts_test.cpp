// SPDX-License-Identifier: Apache-2.0
// Short cuts of the simulator change nothing: with tables that step over rules, with packets that go the way of an
// earlier one of their connection, and with memory that is used again, every result, every counter and every connection
// is what looking at each rule gives.
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

/// What is told without details.
void expect_same_facts(const sim::Result& terse, const sim::Result& plain, const std::string& where) {
  EXPECT_EQ(terse.disposition, plain.disposition) << where;
  EXPECT_EQ(terse.hook, plain.hook) << where;
  EXPECT_EQ(terse.verdict, plain.verdict) << where;
  EXPECT_EQ(terse.decided_by, plain.decided_by) << where;
  EXPECT_EQ(terse.filtered, plain.filtered) << where;
  EXPECT_EQ(terse.length, plain.length) << where;
  EXPECT_EQ(terse.reason, plain.reason) << where;
  EXPECT_EQ(terse.cut_short, plain.cut_short) << where;
  EXPECT_EQ(terse.logs.size(), plain.logs.size()) << where;
  EXPECT_EQ(terse.assumptions.size(), plain.assumptions.size()) << where;
}

void expect_same_connections(Scene& fast, Scene& plain, const std::string& where) {
  const auto some = fast.simulator().connections(), all = plain.simulator().connections();
  ASSERT_EQ(some.size(), all.size()) << where;
  for (std::size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ(some[i].tuples, all[i].tuples) << where << ", connection " << i;
    EXPECT_EQ(some[i].seconds, all[i].seconds) << where << ", connection " << i;
    EXPECT_EQ(some[i].state, all[i].state) << where << ", connection " << i;
    EXPECT_EQ(some[i].status, all[i].status) << where << ", connection " << i;
    EXPECT_EQ(some[i].mark, all[i].mark) << where << ", connection " << i;
    EXPECT_EQ(some[i].counted, all[i].counted) << where << ", connection " << i;
  }
  for (const bool sent : {false, true}) {
    EXPECT_EQ(fast.simulator().checksums(sent).looked_at, plain.simulator().checksums(sent).looked_at) << where;
    EXPECT_EQ(fast.simulator().checksums(sent).wrong, plain.simulator().checksums(sent).wrong) << where;
  }
}

/// The same traffic through fast simulators and a plain one. Gives how many packets went a known way.
std::uint64_t compare(std::uint64_t seed, bool v6, int rules) {
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
    expect_same_facts(of_terse, expected, at);
    if (expected.disposition == sim::Disposition::kAccepted) traffic.left(expected.bytes);
  }
  expect_same_counters(fast, plain, where);
  expect_same_counters(terse, plain, where + ", without details");
  expect_same_connections(terse, plain, where);
  EXPECT_EQ(plain.simulator().short_cuts(), 0U);
  return terse.simulator().short_cuts();
}

TEST(ShortCuts, ChangeNothing) {
  for (std::uint64_t seed = 1; seed <= 60 && !HasFailure(); ++seed)
    for (const bool v6 : {false, true}) compare(seed, v6, 150);
}

TEST(ShortCuts, ChangeNothingInLongChains) {
  for (std::uint64_t seed = 1; seed <= 6 && !HasFailure(); ++seed)
    for (const bool v6 : {false, true}) compare(1000 + seed, v6, 3000);
}

/// With few rules many packets go known ways.
TEST(ShortCuts, KnownWaysChangeNothing) {
  std::uint64_t gone = 0;
  for (std::uint64_t seed = 1; seed <= 200 && !HasFailure(); ++seed)
    for (const bool v6 : {false, true}) gone += compare(2000 + seed, v6, 4 + static_cast<int>(seed % 20));
  EXPECT_GT(gone, 1000U);
}

/// Connections outlive their ruleset, what it said about them does not.
TEST(ShortCuts, KnownWaysEndWithTheirRuleset) {
  sim::SimOptions options;
  options.tracking = sim::TrackingMode::kAlways;
  options.details = false;
  Scene scene(filter("-A FORWARD -j ACCEPT\n"), ir::Family::kIpv4, options);
  const Scene other(filter("-A FORWARD -m conntrack --ctstate NEW -j ACCEPT\n-A FORWARD -j DROP\n"));
  const auto send = [&](bool reply, int second) {
    const IpHeader ip = reply ? from_to("192.0.2.9", "198.51.100.7", 17) : from_to("198.51.100.7", "192.0.2.9", 17);
    return scene.send(ip, wire_udp(reply ? 53 : 4000, reply ? 4000 : 53, 8), second * kStep);
  };
  for (int i = 0; i < 8; ++i) EXPECT_EQ(send(i % 2 != 0, i).disposition, sim::Disposition::kAccepted);
  EXPECT_GT(scene.simulator().short_cuts(), 2U);
  scene.simulator().replace_ruleset(other.ruleset());
  for (int i = 8; i < 12; ++i) EXPECT_EQ(send(i % 2 != 0, i).disposition, sim::Disposition::kDropped);
}

}  // namespace
}  // namespace nfproof::testing
