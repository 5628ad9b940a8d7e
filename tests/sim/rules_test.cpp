// SPDX-License-Identifier: Apache-2.0
// Matches, chains and counters by example, those first that once differed from the kernel.
#include "tests/sim/scene.h"

namespace nfproof::testing {
namespace {

constexpr sim::Nanoseconds kSecond = 1'000'000'000;
const IpHeader kTcp = from_to("203.0.113.9", "192.0.2.1", 6);
const IpHeader kSent = from_to("192.0.2.1", "203.0.113.9", 6);

TEST(Rules, ReturnFromABaseChainMeansItsPolicy) {
  Scene scene(
      "*filter\n:INPUT DROP [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:u - [0:0]\n"
      "-A INPUT -p tcp -m tcp --dport 22 -j RETURN\n-A INPUT -p tcp -m tcp --dport 23 -g u\n"
      "-A INPUT -j ACCEPT\n-A u -p udp -j ACCEPT\nCOMMIT\n");
  EXPECT_EQ(scene.send(kTcp, segment(4000, 22, kSynFlag)).disposition, sim::Disposition::kDropped);
  EXPECT_EQ(scene.send(kTcp, segment(4000, 23, kSynFlag)).disposition, sim::Disposition::kDropped);
  EXPECT_EQ(scene.send(kTcp, segment(4000, 24, kSynFlag)).disposition, sim::Disposition::kAccepted);
  EXPECT_EQ(scene.hits("INPUT", 0), 2U);
  EXPECT_EQ(scene.hits("INPUT", 2), 1U);
  const sim::Result last = scene.send(kTcp, segment(4000, 24, kSynFlag));
  ASSERT_TRUE(last.decided_by);
  EXPECT_EQ(last.decided_by->index, 2U);
}

TEST(Rules, ShortHeadersAreDroppedByPortMatchesNegatedOnesToo) {
  for (const char* rule : {"-p tcp -m tcp --dport 22", "-p tcp -m tcp ! --dport 22",
                           "-p tcp -m multiport --dports 22,80", "-p tcp -m tcp --tcp-option 8"}) {
    Scene scene(filter("-A INPUT " + std::string(rule) + " -j ACCEPT\n"));
    WireBytes tcp = segment(4000, 22, kSynFlag);
    tcp.resize(3);
    const sim::Result result = scene.send_bytes(wire_packet(kTcp, tcp));
    EXPECT_EQ(result.disposition, sim::Disposition::kDropped) << rule;
    EXPECT_EQ(scene.hits("INPUT", 1), 0U) << rule;
    EXPECT_EQ(scene.hits("INPUT", 0), 0U) << rule;
  }
}

TEST(Rules, NegatedChunkTestsMatchAndDropWhatTheyCannotRead) {
  Scene scene(filter("-A INPUT -p sctp -m sctp ! --chunk-types any INIT -j ACCEPT\n"));
  const IpHeader ip = from_to("203.0.113.9", "192.0.2.1", 132);
  EXPECT_EQ(scene.send(ip, wire_sctp(4000, 22, 0, {WireBytes{1, 0, 0}})).disposition, sim::Disposition::kDropped);
  EXPECT_EQ(scene.hits("INPUT", 1), 1U);
  EXPECT_EQ(scene.hits("INPUT", 0), 0U);
}

TEST(Rules, LaterFragmentsHaveNoPorts) {
  Scene scene(
      filter("-A FORWARD -p tcp -m tcp ! --dport 22 -j DROP\n-A FORWARD -p tcp -m tcpmss --mss 1:600 -j DROP\n"));
  IpHeader ip = from_to("203.0.113.9", "198.51.100.7", 6);
  ip.fragment = 4;
  const sim::Result whole = scene.send_bytes(wire_packet(ip, WireBytes(24, 0x60)));
  EXPECT_EQ(whole.disposition, sim::Disposition::kAccepted) << "a header of 24 bytes without the option";
  // tcpmss takes the payload for a header, and drops what is too short for one.
  EXPECT_EQ(scene.send_bytes(wire_packet(ip, WireBytes(1))).disposition, sim::Disposition::kDropped);
  ip.fragment = 1;  // could overwrite the flags
  EXPECT_EQ(scene.send_bytes(wire_packet(ip, WireBytes(24))).disposition, sim::Disposition::kDropped);
}

TEST(Rules, LimitByPacketTime) {
  Scene scene(filter("-A INPUT -m limit --limit 1/sec --limit-burst 2 -j ACCEPT\n"));
  const auto send = [&](sim::Nanoseconds time) { (void)scene.send(kTcp, segment(4000, 22, kSynFlag), time); };
  for (int i = 0; i < 5; ++i) send(kSecond);
  EXPECT_EQ(scene.hits("INPUT", 1), 2U);
  send(kSecond + kSecond / 2);
  EXPECT_EQ(scene.hits("INPUT", 1), 2U);
  send(2 * kSecond);
  EXPECT_EQ(scene.hits("INPUT", 1), 3U);
  send(100 * kSecond), send(100 * kSecond), send(100 * kSecond);
  EXPECT_EQ(scene.hits("INPUT", 1), 5U);
}

TEST(Rules, LimitOverflowsAsTheKernelDoes) {
  Scene scene(filter("-A INPUT -m limit --limit 1/day --limit-burst 3 -j ACCEPT\n"));
  for (int i = 0; i < 5; ++i) (void)scene.send(kTcp, segment(4000, 22, kSynFlag));
  EXPECT_EQ(scene.hits("INPUT", 1), 1U);
}

TEST(Rules, TwoLimitsInOneRuleHaveABucketEach) {
  Scene scene(
      filter("-A INPUT -m limit --limit 1/hour --limit-burst 4 -m limit --limit 1/hour --limit-burst 4 -j DROP\n"));
  for (int i = 0; i < 6; ++i) (void)scene.send(kTcp, segment(4000, 22, kSynFlag));
  EXPECT_EQ(scene.hits("INPUT", 1), 4U);
}

TEST(Rules, EveryNthPacket) {
  Scene scene(filter("-A INPUT -m statistic --mode nth --every 3 --packet 1 -j DROP\n"));
  std::string dropped;
  for (int i = 0; i < 7; ++i)
    dropped += scene.send(kTcp, segment(4000, 22, kSynFlag)).disposition == sim::Disposition::kDropped ? 'd' : '.';
  EXPECT_EQ(dropped, ".d..d..");
}

TEST(Rules, WhatHasNoMeaningIsAssumedAndSaid) {
  Scene scene(filter("-A OUTPUT -m owner --uid-owner 0 -j DROP\n"));
  const sim::Result result = scene.send(kSent, segment(4000, 22, kSynFlag));
  EXPECT_EQ(result.disposition, sim::Disposition::kAccepted);
  ASSERT_EQ(result.assumptions.size(), 1U);
  EXPECT_EQ(result.assumptions[0].module, "owner");
  EXPECT_FALSE(result.assumptions[0].answer);
  sim::SimOptions options;
  options.assume_module["owner"] = true;
  Scene other(filter("-A OUTPUT -m owner --uid-owner 0 -j DROP\n"), ir::Family::kIpv4, options);
  EXPECT_EQ(other.send(kSent, segment(4000, 22, kSynFlag)).disposition, sim::Disposition::kDropped);
  EXPECT_EQ(other.simulator().assumptions().size(), 1U);
  options.assume_test[{"owner", "--uid-owner 0"}] = false;
  Scene third(filter("-A OUTPUT -m owner --uid-owner 0 -j DROP\n"), ir::Family::kIpv4, options);
  EXPECT_EQ(third.send(kSent, segment(4000, 22, kSynFlag)).disposition, sim::Disposition::kAccepted);
  const ir::RuleRef rule{third.chain("filter", "OUTPUT"), 0};
  const auto& ruleset = third.ruleset();
  options.assume_rule[{rule, ruleset.rule(rule)->when.back().predicate}] = true;
  Scene last(filter("-A OUTPUT -m owner --uid-owner 0 -j DROP\n"), ir::Family::kIpv4, options);
  EXPECT_EQ(last.send(kSent, segment(4000, 22, kSynFlag)).disposition, sim::Disposition::kDropped);
}

TEST(Rules, MarksGoFromTableToTable) {
  Scene scene(
      "*mangle\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -p tcp -j MARK --set-xmark 0x7/0xffffffff\n"
      "-A PREROUTING -j CONNMARK --save-mark\nCOMMIT\n" +
      filter("-A INPUT -m mark --mark 0x7 -m connmark --mark 0x7 -j DROP\n"));
  const sim::Result result = scene.send(kTcp, segment(4000, 22, kSynFlag));
  EXPECT_EQ(result.disposition, sim::Disposition::kDropped);
  EXPECT_EQ(result.after.get_or(ir::FieldId::kMark, 0), ir::u128{7});
  EXPECT_EQ(result.before.get_or(ir::FieldId::kMark, 0), ir::u128{0});
}

TEST(Rules, WhatTheHostSendsToItselfArrivesConfirmed) {
  Scene scene(
      filter("-A OUTPUT -m conntrack --ctstatus CONFIRMED -j DROP\n"
             "-A INPUT -i lo -m conntrack --ctstatus CONFIRMED -j ACCEPT\n-A INPUT -j DROP\n"));
  const sim::Result result = scene.send(from_to("192.0.2.1", "198.51.100.1", 17), wire_udp(1000, 53, 4));
  EXPECT_EQ(result.disposition, sim::Disposition::kAccepted);
  EXPECT_EQ(result.hook, ir::Hook::kInput);
}

TEST(Rules, TtlRunsOutBeforeForward) {
  Scene scene(filter("-A FORWARD -j ACCEPT\n"));
  IpHeader ip = from_to("203.0.113.9", "198.51.100.7", 17);
  ip.ttl = 1;
  EXPECT_EQ(scene.send(ip, wire_udp(1, 2, 3)).disposition, sim::Disposition::kDiscarded);
  ip.ttl = 2;
  const sim::Result result = scene.send(ip, wire_udp(1, 2, 3));
  EXPECT_EQ(result.disposition, sim::Disposition::kAccepted);
  EXPECT_EQ(result.after.get_or(ir::FieldId::kIpTtl, 0), ir::u128{1});
  EXPECT_EQ(result.after.out, "eth1");
}

TEST(Rules, ImpossibleSources) {
  Scene scene(filter("-A INPUT -j ACCEPT\n"));
  for (const char* source : {"192.0.2.1", "127.0.0.1", "224.0.0.1", "255.255.255.255"}) {
    const WireBytes bytes = wire_packet(from_to(source, "198.51.100.1", 17), wire_udp(1, 2, 3));
    const sim::Result result =
        scene.simulator().inject({.data = bytes}, {.in = "eth0", .direction = sim::Direction::kIncoming});
    EXPECT_EQ(result.disposition, sim::Disposition::kDiscarded) << source;
  }
  EXPECT_EQ(scene.hits("INPUT", 1), 0U);
}

}  // namespace
}  // namespace nfproof::testing
