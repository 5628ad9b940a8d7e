// SPDX-License-Identifier: Apache-2.0
// What REJECT answers, against the kernel: which packets are answered, how long the answers are, and what rules of
// OUTPUT and POSTROUTING make of them. Random traffic through random rules, with and without translation.
#include <gtest/gtest.h>

#include <iostream>
#include <random>

#include "tests/kernel/twins.h"
#include "tests/sim/scene.h"
#include "tests/support/random_packet.h"

namespace nfproof::testing {
namespace {

class Rules {
 public:
  Rules(std::uint64_t seed, bool v6) : random_(seed), v6_(v6) {}

  std::string ruleset() {
    std::string text = "*raw\n:PREROUTING ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n";
    if (below(2) == 0) text += "-A PREROUTING -p udp -m udp --dport 53 -j CT --notrack\n";
    text += "COMMIT\n*mangle\n:OUTPUT ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\n";
    for (const char* chain : {"OUTPUT", "POSTROUTING"}) {
      for (const char* state : {"NEW", "ESTABLISHED", "RELATED", "INVALID", "UNTRACKED"})
        text += "-A " + std::string(chain) + " -m conntrack --ctstate " + state + "\n";
      for (const char* direction : {"ORIGINAL", "REPLY"})
        text += "-A " + std::string(chain) + " -m conntrack --ctdir " + direction + "\n";
      text += "-A " + std::string(chain) + " -p tcp -m tcp --tcp-flags RST RST\n";
      text += "-A " + std::string(chain) + (v6_ ? " -p ipv6-icmp" : " -p icmp -m tos --tos 0xc0/0xc0") + "\n";
      text += "-A " + std::string(chain) + " -m length --length 0:" + number(700) + "\n";
    }
    text += "COMMIT\n*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n";
    text += "-A OUTPUT -p tcp -m tcp --tcp-flags RST RST -j " + pick({"ACCEPT", "DROP"}) + "\n";
    for (const char* chain : {"INPUT", "FORWARD", "OUTPUT"})
      for (int i = 0; i < 8; ++i) text += "-A " + std::string(chain) + " " + rule() + "\n";
    return text + "COMMIT\n" + nat();
  }

 private:
  std::uint32_t below(std::uint32_t bound) { return static_cast<std::uint32_t>(random_() % bound); }
  std::string number(std::uint32_t bound) { return std::to_string(below(bound)); }
  std::string pick(std::initializer_list<const char*> from) {
    return from.begin()[below(static_cast<std::uint32_t>(from.size()))];
  }

  std::string nat() {
    if (below(2) == 0) return {};
    const std::string inside = v6_ ? "2001:db8:1::7" : "198.51.100.7";
    const std::string own = v6_ ? "2001:db8::1" : "192.0.2.1";
    return "*nat\n:PREROUTING ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n"
           "-A PREROUTING -i eth0 -d " +
           own + " -p tcp -j DNAT --to-destination " + inside + "\n-A POSTROUTING -o eth0 -j SNAT --to-source " + own +
           "\nCOMMIT\n";
  }

  std::string rule() {
    const std::string test =
        pick({"-p tcp ", "-p udp ", v6_ ? "-p ipv6-icmp " : "-p icmp ", "-m conntrack --ctstate NEW ",
              "-m conntrack --ctstate INVALID ", "-m conntrack --ctstate ESTABLISHED ", ""});
    const std::uint32_t shortest = 20 + below(80);
    const std::string some =
        "-m length --length " + std::to_string(shortest) + ":" + std::to_string(shortest + 5 + below(30)) + " ";
    if (test == "-p tcp " && below(2) == 0) return test + some + "-j REJECT --reject-with tcp-reset";
    if (below(4) == 0) return test + some + "-j DROP";
    return test + some + "-j REJECT --reject-with " +
           (v6_ ? pick({"icmp6-no-route", "icmp6-adm-prohibited", "icmp6-addr-unreachable", "icmp6-port-unreachable"})
                : pick({"icmp-net-unreachable", "icmp-host-unreachable", "icmp-port-unreachable",
                        "icmp-proto-unreachable", "icmp-admin-prohibited"}));
  }

  std::mt19937_64 random_;
  bool v6_;
};

std::string hex(const std::vector<std::uint8_t>& bytes) {
  static constexpr const char* kDigits = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t byte : bytes) text += {kDigits[byte >> 4], kDigits[byte & 15]};
  return text;
}

/// Without what the kernel chooses at random or leaves to the device: identification, flow label, checksums.
std::string shown(std::vector<std::uint8_t> answer) {
  const bool v4 = answer[0] >> 4 == 4;
  if (v4) answer[4] = answer[5] = answer[10] = answer[11] = 0;
  if (!v4) answer[1] = static_cast<std::uint8_t>(answer[1] & 0xf0U), answer[2] = answer[3] = 0;
  const std::size_t transport = v4 ? 20 : 40;
  if (answer[v4 ? 9 : 6] == 6) answer[transport + 16] = answer[transport + 17] = 0;
  constexpr std::size_t kQuoted = 20 + 8;
  const bool quotes_reset = v4 && answer[9] == 1 && answer.size() >= kQuoted + 40 && answer[kQuoted + 9] == 6;
  if (quotes_reset) answer[kQuoted + 36] = answer[kQuoted + 37] = 0;
  if (answer[v4 ? 9 : 6] == (v4 ? 1 : 58)) answer[transport + 2] = answer[transport + 3] = 0;
  return hex(answer) + ' ';
}

std::string answers_of(const Fate& fate) {
  std::string text;
  for (const Sighting& sighting : fate.sightings)
    if (sighting.answer && sighting.point == Point::kOutput) text += shown(sighting.bytes);
  return text;
}

std::string answers_of(const sim::Result& result) {
  std::string text;
  for (const auto& answer : result.answers) text += shown(answer);
  return text;
}

class Answer : public ::testing::TestWithParam<int> {};

TEST_P(Answer, CountsAsInTheKernel) {
  NFPROOF_NEEDS_KERNEL();
  const auto seed = static_cast<std::uint64_t>(GetParam());
  const bool v6 = seed % 2 == 1;
  const std::string ruleset = Rules(seed, v6).ruleset();
  Twins twins(ruleset, v6, true, true);
  ASSERT_EQ(twins.problem(), "");
  Traffic traffic(seed + 90, {.v6 = v6});
  std::vector<TwinPacket> packets;
  while (packets.size() < 400) {
    const TrafficPacket packet = traffic.next();
    packets.push_back({packet.local ? std::string() : packet.interface, packet.bytes, {}});
  }
  const Outcome outcome = twins.send(packets);
  ASSERT_EQ(outcome.error, "");
  sim::SimOptions options;
  options.replies = true;
  options.limit_errors = false;  // as the lab has it
  const std::vector<sim::Result> results = twins.simulate(options);
  std::size_t wrong = 0;
  for (std::size_t i = 0; i < packets.size(); ++i) {
    const std::string kernel = answers_of(outcome.fates[i]);
    const std::string simulated = answers_of(results[i]);
    EXPECT_TRUE(kernel == simulated || ++wrong > 3)
        << "packet " << i << " " << hex(packets[i].bytes) << "\n  kernel " << kernel << "\n  sim    " << simulated;
  }
  EXPECT_EQ(disagreements(twins.counters()), "") << ruleset;
  const sim::AnswerCount answers = twins.simulator().answers();
  EXPECT_GT(answers.sent + answers.stopped, 5U);
  std::cout << answers.sent << " answers sent, " << answers.stopped << " stopped, " << answers.held_back
            << " held back\n";
}

INSTANTIATE_TEST_SUITE_P(Seeds, Answer, ::testing::Range(0, 16));

/// UDP packets from few places, all to be refused: most errors are held back.
TEST_P(Answer, ErrorsAreLimited) {
  NFPROOF_NEEDS_KERNEL();
  const auto seed = static_cast<std::uint64_t>(GetParam());
  if (seed > 1) GTEST_SKIP() << "once for each family";
  const bool v6 = seed == 1;
  Twins twins(
      "*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n-A INPUT -p udp -j REJECT\nCOMMIT\n",
      v6, false, true);
  ASSERT_EQ(twins.problem(), "");
  const std::string limit = v6 ? "/proc/sys/net/ipv6/icmp/ratelimit" : "/proc/sys/net/ipv4/icmp_ratelimit";
  ASSERT_TRUE(twins.lab().run({"sh", "-c", "echo 1000 > " + limit}).ok());
  std::vector<TwinPacket> packets;
  for (int i = 0; i < 120; ++i) {
    IpHeader ip;
    ip.source = wire_address((i % 3 == 0 ? (v6 ? "2001:db8:ffff::" : "203.0.113.") : (v6 ? "2001:db8::" : "192.0.2.")) +
                             std::to_string(60 + i % 3));
    ip.destination = wire_address(v6 ? "2001:db8::1" : "192.0.2.1");
    ip.protocol = 17;
    WireBytes udp = wire_udp(static_cast<std::uint16_t>(2000 + i), 53, 20);
    wire_checksum(ip, udp);
    packets.push_back({"eth0", wire_packet(ip, udp), std::chrono::milliseconds(i * 13)});
  }
  ASSERT_EQ(twins.send(packets).error, "");
  sim::SimOptions options;
  options.replies = true;
  twins.simulate(options);
  EXPECT_EQ(disagreements(twins.counters()), "");
  EXPECT_GT(twins.simulator().answers().held_back, 50U);
}

}  // namespace
}  // namespace nfproof::testing
