// SPDX-License-Identifier: Apache-2.0
// Matches that look into the packet, against the kernel: random strings with windows, u32 tests and BPF programs over
// random packets. Every rule only counts, so each packet is asked of all of them.
#include <gtest/gtest.h>

#include <iostream>
#include <random>

#include "tests/kernel/twins.h"
#include "tests/sim/scene.h"

namespace nfproof::testing {
namespace {

constexpr std::size_t kPackets = 1500;

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : random_(seed) {}
  [[nodiscard]] std::uint32_t below(std::uint32_t bound) { return static_cast<std::uint32_t>(random_() % bound); }
  [[nodiscard]] bool chance(unsigned percent) { return below(100) < percent; }
  template <typename T>
  [[nodiscard]] const T& pick(const std::vector<T>& from) {
    return from[below(static_cast<std::uint32_t>(from.size()))];
  }

 private:
  std::mt19937_64 random_;
};

// --- Packets
// -----------------------------------------------------------------------------------------------------------

/// Few letters, so that patterns come again.
WireBytes letters(Dice& dice, std::size_t count) {
  static const std::vector<std::uint8_t> kLetters = {'a', 'b', 'a', 'b', 'A', 'B', 'c', 0, 0xe4, 0xc4};
  WireBytes bytes(count);
  for (std::uint8_t& byte : bytes) byte = dice.pick(kLetters);
  return bytes;
}

WireBytes random_payload(Dice& dice, std::uint8_t protocol) {
  const WireBytes text = letters(dice, dice.below(90));
  WireBytes payload;
  if (protocol == 6) {
    TcpFields tcp;
    tcp.source = static_cast<std::uint16_t>(dice.below(4)), tcp.destination = 80, tcp.flags = kAckFlag;
    if (dice.chance(30)) tcp.options = WireBytes(4 * dice.below(5), 1);
    payload = wire_tcp(tcp);
  } else if (protocol == 17) {
    payload = wire_udp(static_cast<std::uint16_t>(dice.below(4)), 53, 0);
    payload[4] = 0, payload[5] = static_cast<std::uint8_t>(8 + text.size());
  }
  payload.insert(payload.end(), text.begin(), text.end());
  return payload;
}

IpHeader random_header(Dice& dice, bool v6, std::uint8_t protocol) {
  IpHeader ip =
      v6 ? from_to("2001:db8::99", "2001:db8:1::7", protocol) : from_to("203.0.113.9", "198.51.100.7", protocol);
  ip.ttl = static_cast<std::uint8_t>(2 + dice.below(250));
  ip.id = static_cast<std::uint16_t>(dice.below(0x10000));
  ip.tos = static_cast<std::uint8_t>(dice.below(256));
  if (!v6 && dice.chance(20)) ip.options = WireBytes(4 * dice.below(4), 1);
  if (!v6 && dice.chance(10)) ip.fragment = static_cast<std::uint16_t>(0x2000U * dice.below(2) + dice.below(3));
  if (v6 && dice.chance(20)) ip.first_header = 60, ip.extensions = {protocol, 0, 1, 4, 0, 0, 0, 0};
  return ip;
}

std::vector<TwinPacket> random_packets(Dice& dice, bool v6) {
  static const std::vector<std::uint8_t> kProtocols = {6, 17, 17, 132, 47, 253};
  std::vector<TwinPacket> packets;
  for (std::size_t i = 0; i < kPackets; ++i) {
    const std::uint8_t protocol = dice.pick(kProtocols);
    const IpHeader ip = random_header(dice, v6, protocol);
    WireBytes payload = random_payload(dice, protocol);
    wire_checksum(ip, payload);
    packets.push_back({"eth0", wire_packet(ip, payload), {}});
  }
  return packets;
}

// --- Rules
// -------------------------------------------------------------------------------------------------------------

std::string hex_byte(std::uint8_t byte) {
  static constexpr const char* kDigits = "0123456789abcdef";
  return {kDigits[byte >> 4], kDigits[byte & 15]};
}

std::string string_rule(Dice& dice) {
  std::string pattern = "|";
  for (const std::uint8_t byte : letters(dice, 1 + dice.below(dice.chance(20) ? 9 : 4))) pattern += hex_byte(byte);
  std::string rule = "-m string" + std::string(dice.chance(15) ? " !" : "") + " --hex-string \"" + pattern + "|\"";
  rule += dice.chance(50) ? " --algo bm" : " --algo kmp";
  const std::uint32_t from = dice.below(60);
  if (dice.chance(50)) rule += " --from " + std::to_string(from);
  if (dice.chance(50)) rule += " --to " + std::to_string(from + dice.below(60));
  if (dice.chance(30)) rule += " --icase";
  return rule;
}

std::string u32_rule(Dice& dice) {
  const auto number = [&] {
    static const std::vector<std::string> kNumbers = {"0",    "1",      "4",    "6",          "8",
                                                      "0xff", "0xffff", "0x3c", "0x80000000", "20"};
    return dice.pick(kNumbers);
  };
  std::string text;
  const std::uint32_t tests = 1 + dice.below(2);
  for (std::uint32_t test = 0; test < tests; ++test) {
    if (test != 0) text += "&&";
    text += std::to_string(dice.below(70));
    if (dice.chance(40)) text += ">>22&0x3C@" + std::to_string(dice.below(30));
    for (std::uint32_t step = dice.below(3); step != 0; --step) {
      static const std::vector<std::string> kSteps = {"&", ">>", "<<", "@"};
      const std::string& op = dice.pick(kSteps);
      text += op + (op == ">>" || op == "<<" ? std::to_string(dice.below(32)) : number());
    }
    text += "=" + number();
    if (dice.chance(60)) text += ":0xffffffff";
    if (dice.chance(20)) text += ",0x61626162,0:3";
  }
  return "-m u32" + std::string(dice.chance(20) ? " !" : "") + " --u32 \"" + text + "\"";
}

struct Instruction {
  unsigned code, jt, jf;
  std::uint32_t k;
};

/// A program that the kernel takes: jumps lead forward, memory is written before it is read.
std::string bpf_rule(Dice& dice) {
  static const std::vector<unsigned> kLoads = {0x20, 0x28, 0x30, 0x40, 0x48, 0x50, 0xb1, 0x80, 0x00, 0x01};
  static const std::vector<unsigned> kCalculations = {0x04, 0x0c, 0x14, 0x1c, 0x24, 0x2c, 0x34, 0x3c,
                                                      0x44, 0x4c, 0x54, 0x5c, 0x64, 0x6c, 0x74, 0x7c,
                                                      0x84, 0x94, 0x9c, 0xa4, 0xac, 0x07, 0x87};
  static const std::vector<unsigned> kJumps = {0x15, 0x1d, 0x25, 0x2d, 0x35, 0x3d, 0x45, 0x4d};
  static const std::vector<std::uint32_t> kOffsets = {
      0, 6, 8, 9, 12, 20, 22, 28, 39, 40, 60, 0xfff00000, 0xfff00009, 0xffe00000, 0xffe0000c, 0xfffff000, 0xfffff004};
  std::vector<Instruction> program = {{0x02, 0, 0, 3}, {0x03, 0, 0, 4}};
  const std::uint32_t length = 2 + dice.below(9);
  for (std::uint32_t i = 0; i < length; ++i) {
    const std::uint32_t left = length - i;  // instructions behind this one, the two returns at the end not counted
    const std::uint32_t kind = dice.below(10);
    if (kind < 4) {
      const unsigned code = dice.pick(kLoads);
      const bool indirect = code == 0x40 || code == 0x48 || code == 0x50;
      program.push_back({code, 0, 0,
                         indirect || code == 0xb1 ? dice.below(24)
                         : code < 2               ? dice.below(9)
                                                  : dice.pick(kOffsets)});
    } else if (kind < 5) {
      program.push_back({dice.chance(50) ? 0x60U : 0x61U, 0, 0, 3 + dice.below(2)});
    } else if (kind < 8) {
      program.push_back({dice.pick(kCalculations), 0, 0, 1 + dice.below(20)});
    } else {
      program.push_back(
          {dice.pick(kJumps), dice.below(left), dice.below(left), dice.chance(50) ? dice.below(80) : 0x45U});
    }
  }
  program.push_back({dice.chance(50) ? 0x16U : 0x06U, 0, 0, dice.below(2)});
  program.push_back({0x06, 0, 0, dice.below(2)});
  std::string text = std::to_string(program.size());
  for (const Instruction& i : program)
    text += "," + std::to_string(i.code) + " " + std::to_string(i.jt) + " " + std::to_string(i.jf) + " " +
            std::to_string(i.k);
  return "-m bpf --bytecode \"" + text + "\"";
}

// --- Comparison
// --------------------------------------------------------------------------------------------------------

template <typename MakeRule>
void compare(std::uint64_t seed, bool v6, MakeRule make_rule) {
  Dice dice(seed);
  std::string text =
      "*mangle\n:PREROUTING ACCEPT [0:0]\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT "
      "[0:0]\n:POSTROUTING ACCEPT [0:0]\n";
  for (int i = 0; i < 150; ++i) text += "-A PREROUTING " + make_rule(dice) + "\n";
  Twins twins(text + "COMMIT\n", v6, false);
  ASSERT_EQ(twins.problem(), "");
  ASSERT_EQ(twins.send(random_packets(dice, v6)).error, "");
  twins.simulate({});
  const std::vector<TwinCounter> counters = twins.counters();
  std::size_t matched = 0;
  for (const TwinCounter& counter : counters) matched += counter.kernel.packets != 0 ? 1 : 0;
  EXPECT_EQ(disagreements(counters), "") << "seed " << seed;
  EXPECT_GT(matched, counters.size() / 6);
  std::cout << kPackets << " packets, " << counters.size() << " rules and policies, " << matched
            << " of them matched\n";
}

/// With conntrack the kernel puts fragments together; what it searches then lies in several blocks.
TEST(Payload, StringsAcrossFragments) {
  NFPROOF_NEEDS_KERNEL();
  for (const bool v6 : {false, true}) {
    Dice dice(4);
    std::string text =
        "*mangle\n:PREROUTING ACCEPT [0:0]\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT "
        "[0:0]\n:POSTROUTING ACCEPT [0:0]\n-A FORWARD -m conntrack --ctstate NEW\n";
    for (int i = 0; i < 150; ++i) text += "-A FORWARD " + string_rule(dice) + "\n";
    Twins twins(text + "COMMIT\n", v6, false);
    ASSERT_EQ(twins.problem(), "");
    std::vector<TwinPacket> packets;
    for (std::uint32_t i = 0; i < 400; ++i) {
      IpHeader ip = v6 ? from_to("2001:db8::99", "2001:db8:1::7", 17) : from_to("203.0.113.9", "198.51.100.7", 17);
      WireBytes payload = wire_udp(static_cast<std::uint16_t>(1000 + i), 53, 0);
      const WireBytes content = letters(dice, 20 + dice.below(60));
      payload.insert(payload.end(), content.begin(), content.end());
      payload[5] = static_cast<std::uint8_t>(payload.size());
      wire_checksum(ip, payload);
      for (const WireBytes& fragment : wire_fragments(ip, payload, 8 * (1 + dice.below(4)), 1000 + i))
        packets.push_back({"eth0", fragment, {}});
    }
    ASSERT_EQ(twins.send(packets).error, "");
    twins.simulate({});
    EXPECT_EQ(disagreements(twins.counters()), "");
  }
}

class PayloadOf : public ::testing::TestWithParam<bool> {};

TEST_P(PayloadOf, String) {
  NFPROOF_NEEDS_KERNEL();
  compare(1, GetParam(), string_rule);
}
TEST_P(PayloadOf, U32) {
  NFPROOF_NEEDS_KERNEL();
  compare(2, GetParam(), u32_rule);
}
TEST_P(PayloadOf, Bpf) {
  NFPROOF_NEEDS_KERNEL();
  compare(3, GetParam(), bpf_rule);
}

INSTANTIATE_TEST_SUITE_P(Families, PayloadOf, ::testing::Bool(),
                         [](const auto& given) { return given.param ? "Ipv6" : "Ipv4"; });

}  // namespace
}  // namespace nfproof::testing
