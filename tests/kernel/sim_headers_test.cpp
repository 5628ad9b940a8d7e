// SPDX-License-Identifier: Apache-2.0
// Tests of headers that only few matches know (AH, ESP, IPComp, mobility, DCCP, extension headers of IPv6), against the
// kernel: random packets, also cut short in the middle of a header, through random rules that only count.
#include <gtest/gtest.h>

#include <iostream>
#include <random>

#include "tests/kernel/twins.h"
#include "tests/sim/scene.h"

namespace nfproof::testing {
namespace {

constexpr std::size_t kPackets = 1200;
constexpr int kRules = 120;

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : random_(seed) {}
  [[nodiscard]] std::uint32_t below(std::uint32_t bound) { return static_cast<std::uint32_t>(random_() % bound); }
  [[nodiscard]] bool chance(unsigned percent) { return below(100) < percent; }
  [[nodiscard]] std::uint8_t byte(std::uint32_t bound = 256) { return static_cast<std::uint8_t>(below(bound)); }
  [[nodiscard]] std::string number(std::uint32_t bound) { return std::to_string(below(bound)); }
  [[nodiscard]] std::string range(std::uint32_t bound) {
    const std::uint32_t low = below(bound);
    return std::to_string(low) + (chance(50) ? ':' + std::to_string(low + below(3)) : std::string());
  }
  [[nodiscard]] std::string maybe_not() { return chance(25) ? "! " : ""; }
  [[nodiscard]] std::string pick(const std::vector<std::string>& from) {
    return from[below(static_cast<std::uint32_t>(from.size()))];
  }

 private:
  std::mt19937_64 random_;
};

// --- Packets: small numbers, so that rules meet them ---

WireBytes upper_header(Dice& dice, std::uint8_t protocol) {
  WireBytes bytes(24);
  for (std::uint8_t& byte : bytes) byte = dice.byte(4);
  switch (protocol) {
    case 50: bytes = {0, 0, 0, dice.byte(6), 0, 0, 0, 1, 9, 9, 9, 9}; break;
    case 51: bytes = {6, dice.byte(5), 0, dice.byte(2), 0, 0, 0, dice.byte(6), 0, 0, 0, 1, 1, 2, 3, 4}; break;
    case 108: bytes = {6, 0, 0, dice.byte(6), 1, 2, 3, 4}; break;
    case 135: bytes = {59, 1, dice.byte(8), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}; break;
    case 33: {
      bytes.assign(32, 0);
      bytes[1] = dice.byte(4), bytes[3] = dice.byte(4);
      bytes[4] = static_cast<std::uint8_t>(3 + dice.below(6));
      bytes[8] = static_cast<std::uint8_t>(dice.below(16) << 1 | dice.below(2));
      for (std::size_t i = 12; i < 32; ++i) bytes[i] = dice.byte(6);
      break;
    }
    case 6: bytes[12] = 0x50, bytes[13] = dice.byte(); break;
    default: break;
  }
  return bytes;
}

/// One extension header; its first byte is filled in by the caller.
WireBytes extension(Dice& dice, std::uint8_t kind) {
  switch (kind) {
    case 43: {
      const std::uint8_t addresses = dice.byte(3);
      WireBytes bytes = {0,
                         static_cast<std::uint8_t>(2 * addresses),
                         dice.chance(60) ? std::uint8_t{0} : dice.byte(5),
                         dice.byte(3),
                         dice.byte(2),
                         0,
                         0,
                         dice.byte(2)};
      for (unsigned i = 0; i < addresses; ++i) {
        WireBytes address = wire_address("2001:db8::1");
        address[15] = static_cast<std::uint8_t>(1 + dice.below(2));
        bytes.insert(bytes.end(), address.begin(), address.end());
      }
      return bytes;
    }
    case 44:
      return {0, dice.chance(80) ? std::uint8_t{0} : dice.byte(3),
              0, static_cast<std::uint8_t>(dice.chance(60) ? 0 : dice.below(2) | dice.below(3) << 1),
              0, 0,
              0, dice.byte(4)};
    case 51: return {0, 1, 0, dice.byte(2), 0, 0, 0, dice.byte(6), 0, 0, 0, 1};
    default:
      switch (dice.below(3)) {
        case 0: return {0, 0, 1, 4, 0, 0, 0, 0};                             // PadN
        case 1: return {0, 0, 5, 2, 0, 0, 1, 0};                             // router alert, PadN
        default: return {0, 1, 0, 0, 30, 2, 7, 7, 31, 6, 0, 0, 0, 0, 0, 0};  // Pad1, Pad1, two unknown
      }
  }
}

WireBytes packet4(Dice& dice) {
  static const std::vector<std::uint8_t> kProtocols = {50, 51, 108, 33, 6, 17};
  const std::uint8_t protocol = kProtocols[dice.below(6)];
  IpHeader ip = from_to("203.0.113.9", "198.51.100.7", protocol);
  ip.tos = dice.byte(8);
  if (dice.chance(8)) ip.fragment = static_cast<std::uint16_t>(dice.below(3));
  WireBytes payload = upper_header(dice, protocol);
  if (dice.chance(12)) payload.resize(dice.below(16));
  return wire_packet(ip, payload);
}

WireBytes packet6(Dice& dice) {
  static const std::vector<std::uint8_t> kUpper = {50, 108, 135, 33, 6, 17, 59};
  static const std::vector<std::uint8_t> kKinds = {0, 60, 43, 44, 51, 60};
  const std::uint8_t protocol = kUpper[dice.below(7)];
  IpHeader ip = from_to("2001:db8::99", "2001:db8:1::7", protocol);
  ip.tos = dice.byte(8);
  std::vector<std::uint8_t> chain;
  for (const std::uint8_t kind : kKinds)
    if (dice.chance(25)) chain.push_back(kind);
  for (std::size_t i = 0; i < chain.size(); ++i) {
    WireBytes header = extension(dice, chain[i]);
    header[0] = i + 1 < chain.size() ? chain[i + 1] : protocol;
    ip.extensions.insert(ip.extensions.end(), header.begin(), header.end());
  }
  if (!chain.empty()) ip.first_header = chain.front();
  WireBytes payload = protocol == 59 ? WireBytes() : upper_header(dice, protocol);
  const bool begins_with_hop = !chain.empty() && chain.front() == 0;  // the kernel itself reads that one
  if (dice.chance(12) && !begins_with_hop) {
    if (!ip.extensions.empty() && dice.chance(50))
      payload.clear(), ip.extensions.resize(dice.below(static_cast<std::uint32_t>(ip.extensions.size())));
    else
      payload.resize(dice.below(16));
  }
  return wire_packet(ip, payload);
}

// --- Rules ---

std::string dccp(Dice& dice) {
  std::string rule = "-p dccp -m dccp";
  if (dice.chance(60))
    rule +=
        ' ' + dice.maybe_not() + "--dccp-types " + dice.pick({"REQUEST", "DATA,ACK", "RESET,SYNC,INVALID", "CLOSE"});
  if (dice.chance(40)) rule += ' ' + dice.maybe_not() + "--dccp-option " + std::to_string(1 + dice.below(5));
  if (dice.chance(40)) rule += " --dport " + dice.number(4);
  return rule;
}

std::string ecn(Dice& dice) {
  return dice.chance(50) ? "-p tcp -m ecn " + dice.maybe_not() + dice.pick({"--ecn-tcp-ece", "--ecn-tcp-cwr"})
                         : "-m ecn " + dice.maybe_not() + "--ecn-ip-ect " + dice.number(4);
}

std::string rule4(Dice& dice) {
  switch (dice.below(5)) {
    case 0: return "-p esp -m esp " + dice.maybe_not() + "--espspi " + dice.range(6);
    case 1: return "-p ah -m ah " + dice.maybe_not() + "--ahspi " + dice.range(6);
    case 2: return "-p 108 -m ipcomp " + dice.maybe_not() + "--ipcompspi " + dice.range(6);
    case 3: return dccp(dice);
    default: return ecn(dice);
  }
}

std::string frag(Dice& dice) {
  std::string rule = "-m frag " + dice.maybe_not() + "--fragid " + dice.range(4);
  if (dice.chance(30)) rule += " --fragres";
  if (dice.chance(30)) rule += " --fragfirst";
  if (dice.chance(40)) rule += dice.pick({" --fragmore", " --fraglast"});
  return rule;
}

std::string rt(Dice& dice) {
  std::string rule = "-m rt";
  const bool type_0 = dice.chance(50);
  if (type_0) rule += " --rt-type 0";
  if (!type_0 && dice.chance(50)) rule += ' ' + dice.maybe_not() + "--rt-type " + dice.number(5);
  if (dice.chance(50)) rule += ' ' + dice.maybe_not() + "--rt-segsleft " + dice.range(3);
  if (dice.chance(40)) rule += ' ' + dice.maybe_not() + "--rt-len " + dice.pick({"8", "24", "40"});
  if (type_0 && dice.chance(30)) rule += " --rt-0-res";
  if (type_0 && dice.chance(50))
    rule += " --rt-0-addrs " + dice.pick({"2001:db8::1", "2001:db8::2", "2001:db8::1,2001:db8::2"}) +
            dice.pick({"", " --rt-0-not-strict"});
  return rule;
}

std::string options(Dice& dice) {
  const std::string name = dice.pick({"hbh", "dst"});
  std::string rule = "-m " + name;
  if (dice.chance(50)) rule += ' ' + dice.maybe_not() + "--" + name + "-len " + dice.pick({"8", "16"});
  if (dice.chance(60)) rule += " --" + name + "-opts " + dice.pick({"1:4", "5:2,1", "0,0,30:2", "1", "0", "5"});
  return rule;
}

std::string rule6(Dice& dice) {
  switch (dice.below(10)) {
    case 0: return "-p esp -m esp " + dice.maybe_not() + "--espspi " + dice.range(6);
    case 1: {
      std::string rule = "-m ah " + dice.maybe_not() + "--ahspi " + dice.range(6);
      if (dice.chance(30)) rule += ' ' + dice.maybe_not() + "--ahlen 12";
      if (dice.chance(30)) rule += " --ahres";
      return rule;
    }
    case 2: return "-p 108 -m ipcomp " + dice.maybe_not() + "--ipcompspi " + dice.range(6);
    case 3: return dccp(dice);
    case 4: return ecn(dice);
    case 5: return frag(dice);
    case 6: return rt(dice);
    case 7: return options(dice);
    case 8: return "-p mh -m mh " + dice.maybe_not() + "--mh-type " + dice.range(8);
    default:
      return "-m ipv6header " + dice.maybe_not() + "--header " +
             dice.pick({"hop", "dst", "route", "frag", "auth", "esp", "none", "prot", "frag,prot", "dst,prot",
                        "hop,dst,prot"}) +
             dice.pick({"", " --soft"});
  }
}

class Headers : public ::testing::TestWithParam<bool> {};

TEST_P(Headers, CountTheSame) {
  NFPROOF_NEEDS_KERNEL();
  const bool v6 = GetParam();
  for (const std::uint64_t seed : {1U, 2U, 3U}) {
    Dice dice(seed);
    std::string text =
        "*mangle\n:PREROUTING ACCEPT [0:0]\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT "
        "[0:0]\n:POSTROUTING ACCEPT [0:0]\n";
    for (int i = 0; i < kRules; ++i) text += "-A PREROUTING " + (v6 ? rule6(dice) : rule4(dice)) + "\n";
    Twins twins(text + "COMMIT\n", v6, false);
    ASSERT_EQ(twins.problem(), "");
    std::vector<TwinPacket> packets;
    for (std::size_t i = 0; i < kPackets; ++i) packets.push_back({"eth0", v6 ? packet6(dice) : packet4(dice), {}});
    ASSERT_EQ(twins.send(packets).error, "");
    twins.simulate({});
    const std::vector<TwinCounter> counters = twins.counters();
    std::size_t matched = 0;
    for (const TwinCounter& counter : counters) matched += counter.kernel.packets != 0 ? 1 : 0;
    EXPECT_EQ(disagreements(counters), "") << "seed " << seed;
    EXPECT_GT(matched, counters.size() / 3);
    std::cout << kPackets << " packets, " << matched << " of " << counters.size() << " rules and policies matched\n";
  }
}

/// A fragment header, or the header of destination options that says it is longer than it is, cut short everywhere.
WireBytes cut_packet(std::uint8_t first_header, std::uint8_t second, std::uint8_t protocol, std::size_t size) {
  IpHeader ip = from_to("2001:db8::99", "2001:db8:1::7", protocol);
  ip.first_header = first_header;
  ip.extensions = {protocol, second, 0, 0, 0, 0, 0, 1};
  if (first_header == 44) ip.extensions = {protocol, 0, 0, static_cast<std::uint8_t>(second * 8), 0, 0, 0, 1};
  ip.extensions.resize(size);
  return wire_packet(ip, {});
}

TEST(CutExtensions, AreTrackedTheSame) {
  NFPROOF_NEEDS_KERNEL();
  Twins twins(
      "*mangle\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -m conntrack --ctstate INVALID\n"
      "-A PREROUTING -m conntrack --ctstate NEW\nCOMMIT\n",
      true, false);
  ASSERT_EQ(twins.problem(), "");
  std::vector<TwinPacket> packets;
  for (const std::uint8_t first : std::initializer_list<std::uint8_t>{44, 60})
    for (const std::uint8_t second : std::initializer_list<std::uint8_t>{0, 1})
      for (const std::uint8_t protocol : std::initializer_list<std::uint8_t>{6, 17, 47, 50, 58, 59, 60, 132})
        for (std::size_t size = 0; size <= 8; ++size)
          packets.push_back({"eth0", cut_packet(first, second, protocol, size), {}});
  ASSERT_EQ(twins.send(packets).error, "");
  twins.simulate({});
  EXPECT_EQ(disagreements(twins.counters()), "");
}

INSTANTIATE_TEST_SUITE_P(Families, Headers, ::testing::Bool(),
                         [](const auto& family) { return family.param ? "Ipv6" : "Ipv4"; });

}  // namespace
}  // namespace nfproof::testing
