// SPDX-License-Identifier: Apache-2.0
// Matches that read the payload, keep lists and rates, or look at the clock: by example.
#include <functional>

#include "sim/calendar.h"
#include "sim/classic_bpf.h"
#include "sim/string_search.h"
#include "sim/u32_program.h"
#include "tests/sim/scene.h"

namespace nfproof::testing {
namespace {

constexpr sim::Nanoseconds kSecond = 1'000'000'000;

bool found(const ir::StringTest& test, const std::string& text, std::vector<std::size_t> blocks = {}) {
  const std::vector<std::uint8_t> bytes(text.begin(), text.end());
  return sim::StringSearch(test).found(bytes, blocks);
}

TEST(StringSearch, WindowAndCase) {
  for (const auto algorithm : {ir::StringTest::Algorithm::kBoyerMoore, ir::StringTest::Algorithm::kKnuthMorrisPratt}) {
    ir::StringTest test{.pattern = "abab", .algorithm = algorithm};
    EXPECT_TRUE(found(test, "xxababxx"));
    EXPECT_TRUE(found(test, "abab"));
    EXPECT_TRUE(found(test, "abaabab"));
    EXPECT_FALSE(found(test, "ABAB"));
    test.from = 2, test.to = 6;
    EXPECT_TRUE(found(test, "xxababxx"));
    test.to = 5;  // it would end behind the window
    EXPECT_FALSE(found(test, "xxababxx"));
    test.from = 3, test.to = 65535;
    EXPECT_FALSE(found(test, "xxababxx"));
    test.from = 0, test.ignore_case = true;
    EXPECT_TRUE(found(test, "xxAbaBxx"));
  }
}

TEST(StringSearch, OnlyOneAlgorithmLooksAcrossBlocks) {
  ir::StringTest test{.pattern = "abcd", .algorithm = ir::StringTest::Algorithm::kKnuthMorrisPratt};
  EXPECT_TRUE(found(test, "xxabcdxx", {4, 4}));
  test.algorithm = ir::StringTest::Algorithm::kBoyerMoore;
  EXPECT_FALSE(found(test, "xxabcdxx", {4, 4}));
  EXPECT_TRUE(found(test, "xxabcdxx", {2, 6}));
}

TEST(U32, FollowsOffsetsWithinThePacket) {
  const std::vector<std::uint8_t> bytes = {0x45, 0, 0, 24, 0, 0, 0, 0, 64,   6,    0,    0,
                                           1,    2, 3, 4,  5, 6, 7, 8, 0xde, 0xad, 0xbe, 0xef};
  using Op = ir::U32Test::Op;
  ir::U32Test test{.tests = {{.offset = 0,
                              .steps = {{Op::kRightShift, 22}, {Op::kAnd, 0x3c}, {Op::kAt, 0}},
                              .values = {{0xdeadbeef, 0xdeadbeef}}}}};
  EXPECT_EQ(sim::run_u32(test, bytes, bytes.size()), sim::U32Answer::kTrue);
  test.tests[0].steps.back().number = 1;
  EXPECT_EQ(sim::run_u32(test, bytes, bytes.size()), sim::U32Answer::kFalse) << "one byte too far";
  EXPECT_EQ(sim::run_u32(test, bytes, 100), sim::U32Answer::kUnknown) << "the capture lacks it";
}

TEST(Bpf, LoadsJumpsAndEnds) {
  const std::vector<std::uint8_t> bytes = {0x45, 0, 0, 20, 0, 0, 0, 0, 64, 17, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8};
  const std::vector<sim::BpfInstruction> protocol_is_udp = {
      {0x30, 0, 0, 9}, {0x15, 0, 1, 17}, {0x06, 0, 0, 65535}, {0x06, 0, 0, 0}};
  ASSERT_TRUE(sim::valid_classic_bpf(protocol_is_udp));
  sim::BpfPacket packet;
  packet.bytes = bytes;
  packet.length = 20;
  EXPECT_EQ(sim::run_classic_bpf(protocol_is_udp, packet).value, 65535U);
  const std::vector<sim::BpfInstruction> beyond = {{0x30, 0, 0, 20}, {0x06, 0, 0, 1}};
  EXPECT_EQ(sim::run_classic_bpf(beyond, packet).value, 0U);
  EXPECT_FALSE(sim::valid_classic_bpf(std::vector<sim::BpfInstruction>{{0x30, 0, 0, 9}}));
}

TEST(Calendar, DatesDaysAndZones) {
  ir::TimeTest test;
  test.day_start = 9 * 3600, test.day_stop = 17 * 3600;
  const std::int64_t noon = 1'700'000'000 - 1'700'000'000 % 86400 + 12 * 3600;  // Tuesday 2023-11-14
  EXPECT_TRUE(sim::time_matches(test, noon, 0));
  test.local_time = true;
  EXPECT_FALSE(sim::time_matches(test, noon, 6 * 60));
  test.weekdays = 1U << 2;
  EXPECT_TRUE(sim::time_matches(test, noon, 0));
  test.monthdays = 1U << 15;
  EXPECT_FALSE(sim::time_matches(test, noon, 0));
  EXPECT_EQ(sim::zone_offset("+02:00", 0), 120);
  EXPECT_EQ(sim::zone_offset("-0330", 0), -210);
  EXPECT_EQ(sim::zone_offset("Nowhere/Land", 0), std::nullopt);
}

/// Which of the packets at these tenths of a second match: `x` or `.`.
std::string matches(Scene& scene, const std::vector<int>& tenths, const std::function<IpHeader(std::size_t)>& header) {
  std::string text;
  for (std::size_t i = 0; i < tenths.size(); ++i) {
    const std::uint64_t before = scene.hits("INPUT", 1);
    (void)scene.send(header(i), wire_udp(1000, 2000, 10), (1000 + tenths[i]) * (kSecond / 10));
    text += scene.hits("INPUT", 1) > before ? 'x' : '.';
  }
  return text;
}

IpHeader from_same(std::size_t) { return from_to("203.0.113.9", "192.0.2.1", 17); }
IpHeader from_two(std::size_t i) { return from_to(i % 2 == 0 ? "203.0.113.9" : "203.0.114.9", "192.0.2.1", 17); }

TEST(HashLimit, ABucketForEachAddress) {
  Scene scene(
      filter("-A INPUT -m hashlimit --hashlimit-upto 1/sec --hashlimit-burst 2 --hashlimit-mode srcip "
             "--hashlimit-name a --hashlimit-htable-expire 10000\n"));
  EXPECT_EQ(matches(scene, {0, 0, 0, 0, 0, 0, 11, 11, 11, 11}, from_two), "xxxx..xx..");
}

TEST(HashLimit, EntriesGoAndComeBackFull) {
  Scene scene(
      filter("-A INPUT -m hashlimit --hashlimit-upto 1/sec --hashlimit-burst 2 --hashlimit-mode srcip "
             "--hashlimit-name a\n"));  // expires after a second
  EXPECT_EQ(matches(scene, {0, 0, 0, 11, 11, 11}, from_same), "xx.xx.");
}

TEST(HashLimit, RulesOfOneNameShareATable) {
  Scene scene(
      filter("-A INPUT -m hashlimit --hashlimit-above 1/sec --hashlimit-burst 2 --hashlimit-mode srcip "
             "--hashlimit-name a\n-A INPUT -m hashlimit --hashlimit-upto 1/min --hashlimit-burst 1 "
             "--hashlimit-mode srcip --hashlimit-name a\n"));
  EXPECT_EQ(matches(scene, {0, 0, 0, 0}, from_same), ".xxx") << "two rules, one bucket";
}

TEST(Recent, HitsWithinSeconds) {
  Scene scene(
      filter("-A INPUT -m recent --update --seconds 2 --hitcount 3 --name a\n-A INPUT -m recent --set --name a\n"));
  EXPECT_EQ(matches(scene, {0, 1, 2, 3, 40, 41, 42}, from_same), "...x...");
}

TEST(Recent, ListsForgetTheOldestAddress) {
  sim::SimOptions options;
  options.recent_addresses = 1;
  Scene scene(filter("-A INPUT -m recent --rcheck --name a\n-A INPUT -m recent --set --name a\n"), ir::Family::kIpv4,
              options);
  EXPECT_EQ(matches(scene, {0, 1, 2, 3}, from_two), "....");
  EXPECT_EQ(matches(scene, {4, 5}, from_same), ".x");
}

TEST(Quota, EndsWithThePacketThatIsTooLarge) {
  Scene scene(filter("-A INPUT -m quota --quota 100\n"));
  EXPECT_EQ(matches(scene, {0, 1, 2, 3}, from_same), "xx..") << "38 bytes each";
}

TEST(ConnLimit, ClosedConnectionsDoNotCount) {
  Scene scene(filter("-A INPUT -p tcp --syn -m connlimit --connlimit-above 2 -j DROP\n"));
  const IpHeader in = from_to("203.0.113.9", "192.0.2.1", 6), out = from_to("192.0.2.1", "203.0.113.9", 6);
  sim::Nanoseconds now = kSecond;
  const auto open = [&](std::uint16_t port) {
    now += kSecond;
    return scene.send(in, segment(port, 80, kSynFlag), now).disposition == sim::Disposition::kAccepted;
  };
  EXPECT_TRUE(open(1000));
  EXPECT_TRUE(open(1001));
  EXPECT_FALSE(open(1002));
  (void)scene.send(out, segment(80, 1000, kRstFlag | kAckFlag, 0, 1001), now);
  EXPECT_TRUE(open(1003));
  EXPECT_FALSE(open(1004));
}

/// Which of the packets, of one family and of the other in turn, the rule counts.
std::string counted_in_turn(const std::string& rule, std::size_t packets) {
  Scene scene("table inet t {\nchain in { type filter hook input priority 0;\n" + rule + "\n}\n}\n");
  const ir::ChainId chain = scene.chain("t", "in");
  const auto count = [&] {
    std::uint64_t all = 0;
    for (std::uint32_t i = 0; i < scene.ruleset().chain(chain).rules.size(); ++i)
      all += scene.simulator().counters({chain, i}).packets;
    return all;
  };
  std::string line;
  for (std::size_t i = 0; i < packets; ++i) {
    const std::uint64_t before = count();
    const auto port = static_cast<std::uint16_t>(1000 + i);
    if (i % 2 == 0)
      (void)scene.send(from_to("203.0.113.9", "192.0.2.1", 6), segment(port, 22, kSynFlag));
    else
      (void)scene.send(from_to("2001:db8:2::9", "2001:db8::1", 6), segment(port, 22, kSynFlag));
    line += count() != before ? 'x' : '.';
  }
  return line;
}

TEST(Nftables, RuleOfBothFamiliesKeepsOneState) {
  EXPECT_EQ(counted_in_turn("tcp dport 22 limit rate 1/hour burst 3 packets counter reject", 6), "xxx...");
  EXPECT_EQ(counted_in_turn("tcp dport 22 numgen inc mod 2 == 0 counter reject", 6), "x.x.x.");
  EXPECT_EQ(counted_in_turn("tcp dport 22 quota until 150 bytes counter reject", 6), "xxx...");
}

TEST(ConnBytes, CountsThePacketItself) {
  Scene scene(filter("-A INPUT -m connbytes --connbytes 2:3 --connbytes-dir original --connbytes-mode packets\n"));
  EXPECT_EQ(matches(scene, {0, 1, 2, 3}, from_same), ".xx.");
}

TEST(TcpOptions, AreStrippedWithTheChecksumKeptRight) {
  Scene scene(
      "*mangle\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -p tcp -j TCPOPTSTRIP --strip-options timestamp\nCOMMIT\n");
  TcpFields tcp;
  tcp.source = 4000, tcp.destination = 22, tcp.flags = kAckFlag;
  tcp.options = {1, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8, 1};
  const sim::Result result = scene.send(from_to("203.0.113.9", "192.0.2.1", 6), wire_tcp(tcp));
  EXPECT_EQ(WireBytes(result.bytes.begin() + 40, result.bytes.begin() + 52), WireBytes(12, 1));
  WireBytes again(result.bytes.begin() + 20, result.bytes.end());
  wire_checksum(from_to("203.0.113.9", "192.0.2.1", 6), again);
  EXPECT_EQ(WireBytes(result.bytes.begin() + 20, result.bytes.end()), again);
}

TEST(Log, LinesAsTheKernelPrintsThem) {
  sim::SimOptions options;
  options.log_lines = true;
  Scene scene(filter("-A INPUT -j LOG --log-prefix \"in: \" --log-tcp-sequence\n"), ir::Family::kIpv4, options);
  const sim::Result result = scene.send(from_to("203.0.113.9", "192.0.2.1", 6), segment(4000, 22, kSynFlag));
  ASSERT_EQ(result.logs.size(), 1U);
  EXPECT_EQ(result.logs[0].line,
            "in: IN=eth0 OUT= MAC= SRC=203.0.113.9 DST=192.0.2.1 LEN=40 TOS=0x00 PREC=0x00 TTL=64 ID=1 PROTO=TCP "
            "SPT=4000 DPT=22 SEQ=1000 ACK=0 WINDOW=60000 RES=0x00 SYN URGP=0 ");
}

}  // namespace
}  // namespace nfproof::testing
