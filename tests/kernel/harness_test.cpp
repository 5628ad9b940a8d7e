// SPDX-License-Identifier: Apache-2.0
// Smoke tests of the harness that asks the kernel: if these fail, no differential test can be trusted.
#include <gtest/gtest.h>

#include "tests/kernel/harness/counters.h"
#include "tests/kernel/harness/craft.h"
#include "tests/kernel/harness/lab.h"
#include "tests/kernel/harness/tools.h"

namespace nfproof::testing {
namespace {

std::unique_ptr<Lab> two_armed_lab(LabOptions options = {}) {
  options.interfaces = {{"eth0", {"192.0.2.1/24", "2001:db8::1/64"}},
                        {"eth1", {"198.51.100.1/24", "2001:db8:1::1/64"}}};
  options.routes = {{"default", "192.0.2.254", "eth0"}, {"default", "2001:db8::fe", "eth0"}};
  std::string error;
  std::unique_ptr<Lab> lab = Lab::create(options, &error);
  EXPECT_TRUE(lab) << error;
  return lab;
}

std::string all_fates(const Outcome& outcome) {
  std::string text = outcome.error;
  for (const Fate& fate : outcome.fates) text += describe(fate);
  return text;
}

std::vector<End> ends_of(const Outcome& outcome) {
  std::vector<End> result;
  for (const Fate& fate : outcome.fates) result.push_back(fate.end);
  return result;
}

std::vector<std::uint64_t> packets_of(const std::vector<RuleCounter>& counters, std::string_view chain,
                                      std::string_view table = "filter") {
  std::vector<std::uint64_t> result;
  for (const RuleCounter& counter : counters) {
    if (counter.chain == chain && counter.table == table) result.push_back(counter.packets);
  }
  return result;
}

class BothBackends : public ::testing::TestWithParam<Backend> {};
INSTANTIATE_TEST_SUITE_P(Kernel, BothBackends, ::testing::Values(Backend::kLegacy, Backend::kNft),
                         [](const auto& chosen) { return chosen.param == Backend::kLegacy ? "legacy" : "nft"; });

TEST_P(BothBackends, CountsEachPacketOnce) {
  NFPROOF_NEEDS_KERNEL();
  const auto lab = two_armed_lab();
  ASSERT_TRUE(lab);
  const ToolResult load = lab->restore(GetParam(), Family::kIpv4,
                                       "*filter\n:INPUT DROP [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n"
                                       "-A INPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT\n"
                                       "-A INPUT -p udp -m udp --dport 53 -j ACCEPT\n"
                                       "-A INPUT -p tcp -j REJECT --reject-with tcp-reset\n"
                                       "COMMIT\n");
  ASSERT_TRUE(load.ok()) << load.err;
  const Endpoints to_us{"192.0.2.9", "192.0.2.1"};
  const Outcome outcome = lab->send({
      Packet::arriving("eth0", craft_udp(to_us, 1000, 53)),
      Packet::local(craft_udp({"192.0.2.1", "192.0.2.9"}, 53, 1000)),
      Packet::arriving("eth0", craft_udp(to_us, 1000, 53)),
      Packet::arriving("eth0", craft_tcp(to_us, 1001, 22, kTcpSyn)),
      Packet::arriving("eth0", craft_echo(to_us)),
      Packet::arriving("eth1", craft_echo({"198.51.100.2", "203.0.113.5"})),
  });
  ASSERT_TRUE(outcome.ok()) << outcome.error;
  EXPECT_EQ(ends_of(outcome), (std::vector<End>{End::kDelivered, End::kSent, End::kDelivered, End::kDropped,
                                                End::kDropped, End::kForwarded}))
      << all_fates(outcome);
  EXPECT_EQ(outcome.fates[5].out_interface, "eth0");
  EXPECT_EQ(outcome.fates[5].bytes[8], 63);

  const ToolResult saved = lab->save(GetParam(), Family::kIpv4);
  const auto counters = read_counters(saved.out);
  EXPECT_EQ(packets_of(counters, "INPUT"), (std::vector<std::uint64_t>{1, 1, 1, 1})) << saved.out;
  EXPECT_EQ(packets_of(counters, "FORWARD"), (std::vector<std::uint64_t>{1})) << saved.out;
  EXPECT_EQ(packets_of(counters, "OUTPUT"), (std::vector<std::uint64_t>{1})) << saved.out;
}

TEST_P(BothBackends, ShowsNatInTheBytes) {
  NFPROOF_NEEDS_KERNEL();
  const auto lab = two_armed_lab();
  ASSERT_TRUE(lab);
  const ToolResult load =
      lab->restore(GetParam(), Family::kIpv4,
                   "*nat\n:PREROUTING ACCEPT [0:0]\n:INPUT ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n"
                   ":POSTROUTING ACCEPT [0:0]\n"
                   "-A PREROUTING -i eth0 -p tcp --dport 80 -j DNAT --to-destination 198.51.100.7:8080\n"
                   "-A POSTROUTING -o eth0 -j MASQUERADE\n"
                   "COMMIT\n");
  ASSERT_TRUE(load.ok()) << load.err;
  const Outcome outcome = lab->send({
      Packet::arriving("eth0", craft_tcp({"192.0.2.9", "192.0.2.1"}, 1001, 80, kTcpSyn)),
      Packet::arriving("eth1", craft_tcp({"198.51.100.7", "192.0.2.9"}, 8080, 1001, kTcpSyn | kTcpAck, 1, 2)),
      Packet::arriving("eth1", craft_udp({"198.51.100.8", "203.0.113.5"}, 5000, 53)),
  });
  ASSERT_TRUE(outcome.ok()) << outcome.error;
  Endpoints ends{"192.0.2.9", "198.51.100.7", 63};
  EXPECT_EQ(outcome.fates[0].bytes, craft_tcp(ends, 1001, 8080, kTcpSyn)) << all_fates(outcome);
  EXPECT_EQ(outcome.fates[0].out_interface, "eth1");
  ends = {"192.0.2.1", "192.0.2.9", 63};
  EXPECT_EQ(outcome.fates[1].bytes, craft_tcp(ends, 80, 1001, kTcpSyn | kTcpAck, 1, 2)) << all_fates(outcome);
  ends = {"192.0.2.1", "203.0.113.5", 63};
  EXPECT_EQ(outcome.fates[2].bytes, craft_udp(ends, 5000, 53)) << all_fates(outcome);
}

TEST_P(BothBackends, DoesIpv6) {
  NFPROOF_NEEDS_KERNEL();
  const auto lab = two_armed_lab();
  ASSERT_TRUE(lab);
  const ToolResult load =
      lab->restore(GetParam(), Family::kIpv6,
                   "*mangle\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -i eth1 -j MARK --set-mark 7\nCOMMIT\n"
                   "*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n"
                   "-A INPUT -p udp -m udp --dport 53 -j DROP\n"
                   "-A OUTPUT -p udp -m udp --dport 53 -j DROP\n"
                   "COMMIT\n");
  ASSERT_TRUE(load.ok()) << load.err;
  const Outcome outcome = lab->send({
      Packet::arriving("eth0", craft_udp({"2001:db8::9", "2001:db8::1"}, 1000, 53)),
      Packet::arriving("eth0", craft_echo({"2001:db8::9", "2001:db8::1"})),
      Packet::arriving("eth1", craft_tcp({"2001:db8:1::9", "2001:db8:2::1"}, 1000, 80, kTcpSyn)),
      Packet::local(craft_udp({"2001:db8::1", "2001:db8::9"}, 1000, 53)),
      Packet::local(craft_echo({"2001:db8::1", "2001:db8:2::9"})),
  });
  ASSERT_TRUE(outcome.ok()) << outcome.error;
  EXPECT_EQ(ends_of(outcome),
            (std::vector<End>{End::kDropped, End::kDelivered, End::kForwarded, End::kDropped, End::kSent}))
      << all_fates(outcome);
  EXPECT_EQ(outcome.fates[2].mark, 7U);
  EXPECT_EQ(outcome.fates[2].bytes[7], 63);
  const ToolResult saved = lab->save(GetParam(), Family::kIpv6);
  const auto counters = read_counters(saved.out);
  EXPECT_EQ(packets_of(counters, "OUTPUT"), (std::vector<std::uint64_t>{1, 1})) << saved.out;
}

TEST(Lab, LoopbackPacketsArriveAgain) {
  NFPROOF_NEEDS_KERNEL();
  const auto lab = two_armed_lab();
  ASSERT_TRUE(lab);
  const Outcome outcome = lab->send({
      Packet::local(craft_udp({"127.0.0.1", "127.0.0.1"}, 1000, 53)),
      Packet::local(craft_udp({"::1", "2001:db8::1"}, 1000, 53), {}, 9),
  });
  ASSERT_TRUE(outcome.ok()) << outcome.error;
  EXPECT_EQ(ends_of(outcome), (std::vector<End>{End::kDelivered, End::kDelivered})) << all_fates(outcome);
  EXPECT_TRUE(outcome.fates[0].seen_at(Point::kPostrouted));
  EXPECT_EQ(outcome.fates[1].sightings.front().mark, 9U);
}

TEST(Lab, TellsLostFromDropped) {
  NFPROOF_NEEDS_KERNEL();
  const auto lab = two_armed_lab();
  ASSERT_TRUE(lab);
  Bytes broken = craft_udp({"192.0.2.9", "192.0.2.1"}, 1000, 53);
  broken[10] = static_cast<std::uint8_t>(broken[10] ^ 0xff);
  const Bytes martian = craft_udp({"192.0.2.9", "127.0.0.1"}, 1000, 53);
  const Outcome outcome = lab->send({
      Packet::arriving("eth0", broken),
      Packet::arriving("eth0", martian),
      Packet::local(craft_udp({"192.0.2.1", "192.0.2.9"}, 1, 2)),
      Packet::arriving("eth0", craft_udp({"192.0.2.9", "192.0.2.255"}, 1000, 53)),
  });
  ASSERT_TRUE(outcome.ok()) << outcome.error;
  EXPECT_EQ(ends_of(outcome), (std::vector<End>{End::kLost, End::kDropped, End::kSent, End::kDelivered}))
      << all_fates(outcome);
  EXPECT_TRUE(outcome.fates[1].seen_at(Point::kPrerouted));
}

TEST(Lab, AnswersAreLetOutOnRequest) {
  NFPROOF_NEEDS_KERNEL();
  LabOptions options;
  options.answers = true;
  const auto lab = two_armed_lab(options);
  ASSERT_TRUE(lab);
  const ToolResult load = lab->restore(Backend::kLegacy, Family::kIpv4,
                                       "*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n"
                                       "-A INPUT -p tcp -j REJECT --reject-with tcp-reset\n-A OUTPUT -p tcp\nCOMMIT\n");
  ASSERT_TRUE(load.ok()) << load.err;
  const Outcome outcome = lab->send({Packet::arriving("eth0", craft_tcp({"192.0.2.9", "192.0.2.1"}, 1, 22, kTcpSyn))});
  ASSERT_TRUE(outcome.ok()) << outcome.error;
  EXPECT_EQ(outcome.fates[0].end, End::kDropped) << all_fates(outcome);
  EXPECT_TRUE(outcome.fates[0].sightings.back().answer);
  EXPECT_EQ(packets_of(read_counters(lab->save(Backend::kLegacy, Family::kIpv4).out), "OUTPUT"),
            (std::vector<std::uint64_t>{1, 1}));
}

TEST(Lab, LoadsAndListsNft) {
  NFPROOF_NEEDS_KERNEL();
  const auto lab = two_armed_lab();
  ASSERT_TRUE(lab);
  const ToolResult load = lab->load_nft(
      "table ip filter {\nchain INPUT {\ntype filter hook input priority 0; policy drop;\ncounter accept\n}\n}\n");
  ASSERT_TRUE(load.ok()) << load.err;
  const Outcome outcome = lab->send({Packet::arriving("eth0", craft_echo({"192.0.2.9", "192.0.2.1"}))});
  EXPECT_EQ(ends_of(outcome), (std::vector<End>{End::kDelivered})) << all_fates(outcome);
  const ToolResult listed = lab->list_nft();
  EXPECT_NE(listed.out.find("counter packets 1 bytes 36 accept"), std::string::npos) << listed.out;
  EXPECT_EQ(listed.out.find("nfproof"), std::string::npos) << listed.out;
  EXPECT_FALSE(lab->load_nft("flush ruleset\n").ok());
}

TEST(Lab, ThousandsOfPacketsKeepTheirOrder) {
  NFPROOF_NEEDS_KERNEL();
  const auto lab = two_armed_lab();
  ASSERT_TRUE(lab);
  const ToolResult load =
      lab->restore(Backend::kLegacy, Family::kIpv4,
                   "*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n"
                   "-A INPUT -p udp -m udp --sport 1:65535 -m statistic --mode nth --every 3 --packet 0 -j DROP\n"
                   "COMMIT\n");
  ASSERT_TRUE(load.ok()) << load.err;
  std::vector<Packet> packets;
  for (int at = 0; at < 20000; ++at) {
    const auto port = static_cast<std::uint16_t>(at + 1);
    packets.push_back(Packet::arriving("eth0", craft_udp({"192.0.2.9", "192.0.2.1"}, port, 53)));
  }
  const auto start = std::chrono::steady_clock::now();
  const Outcome outcome = lab->send(packets);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  RecordProperty("packets_per_second", static_cast<int>(20000 / took.count()));
  ASSERT_TRUE(outcome.ok()) << outcome.error;
  for (std::size_t at = 0; at < outcome.fates.size(); ++at) {
    ASSERT_EQ(outcome.fates[at].end, at % 3 == 0 ? End::kDropped : End::kDelivered) << at;
    ASSERT_EQ(outcome.fates[at].bytes, packets[at].bytes) << at;
  }
}

TEST(Scratch, PrintsWhatWasLoaded) {
  NFPROOF_NEEDS_KERNEL();
  for (const Backend backend : {Backend::kLegacy, Backend::kNft}) {
    const RoundTrip trip = Scratch::iptables(backend, Family::kIpv4,
                                             "*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -s 192.0.2.1 -j DROP\nCOMMIT\n");
    ASSERT_TRUE(trip.ok()) << trip.load.err << trip.save.err;
    EXPECT_NE(trip.save.out.find("-A INPUT -s 192.0.2.1/32 -j DROP\n"), std::string::npos) << trip.save.out;
  }
  const RoundTrip bad = Scratch::iptables(Backend::kLegacy, Family::kIpv4, "*filter\n-A NOWHERE\nCOMMIT\n");
  EXPECT_NE(bad.load.exit_code, 0);
  EXPECT_NE(bad.load.err, "");
}

TEST(Scratch, ChecksNft) {
  NFPROOF_NEEDS_KERNEL();
  EXPECT_TRUE(Scratch::check_nft("table ip t {\nchain c {\ntcp dport 22 accept\n}\n}\n").ok());
  EXPECT_FALSE(Scratch::check_nft("table ip t {\nchain c {\nno such thing\n}\n}\n").ok());
  EXPECT_NE(Scratch::nft("table ip t {\n}\n").save.out.find("table ip t"), std::string::npos);
}

}  // namespace
}  // namespace nfproof::testing
