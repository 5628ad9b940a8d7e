// SPDX-License-Identifier: Apache-2.0
// The harness judged by itself: iptables-legacy and iptables-nft are asked the same questions with random packets and
// must give the same counters and fates. Random rulesets hold only matches in which the two are known to agree.
#include <gtest/gtest.h>

#include <map>
#include <random>

#include "tests/kernel/harness/counters.h"
#include "tests/kernel/harness/craft.h"
#include "tests/kernel/harness/lab.h"

namespace nfproof::testing {
namespace {

using Random = std::mt19937;

std::size_t below(Random& random, std::size_t bound) { return random() % bound; }

template <std::size_t Size>
std::string one_of(Random& random, const char* const (&choices)[Size]) {
  return choices[below(random, Size)];
}

std::string random_rule(Random& random, const std::string& chain) {
  static constexpr const char* kPlaces[] = {"", " -s 192.0.2.0/28", " ! -d 198.51.100.0/25", " -s 203.0.113.9",
                                            " -m addrtype --dst-type LOCAL"};
  static constexpr const char* kWhat[] = {"",
                                          " -p udp --dport 50:60",
                                          " -p tcp --syn",
                                          " -p tcp --tcp-flags ACK,RST ACK",
                                          " -p icmp --icmp-type echo-request",
                                          " -m ttl --ttl-lt 20",
                                          " -m mark --mark 1/3",
                                          " -m length --length 30:50",
                                          " -p tcp -m multiport --dports 22,80,8000:9000"};
  static constexpr const char* kState[] = {"", " -m conntrack --ctstate NEW", " -m conntrack --ctstate ESTABLISHED",
                                           " -m conntrack --ctstate INVALID"};
  static constexpr const char* kTargets[] = {"", " -j ACCEPT", " -j DROP", " -j user", " -j REJECT"};
  const std::string target =
      chain == "user" ? one_of(random, {" -j RETURN", " -j ACCEPT", " -j DROP"}) : one_of(random, kTargets);
  return "-A " + chain + one_of(random, kPlaces) + one_of(random, kWhat) + one_of(random, kState) + target + "\n";
}

std::string random_ruleset(Random& random) {
  std::string text =
      "*mangle\n:PREROUTING ACCEPT [0:0]\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n"
      ":POSTROUTING ACCEPT [0:0]\n-A PREROUTING -p udp -j MARK --set-mark 1\nCOMMIT\n"
      "*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:user - [0:0]\n";
  for (int count = 0; count < 12; ++count)
    text += random_rule(random, one_of(random, {"INPUT", "FORWARD", "OUTPUT", "user"}));
  return text + "COMMIT\n";
}

Bytes random_packet(Random& random, const std::string& source, const std::string& destination) {
  static constexpr std::uint16_t kPorts[] = {22, 53, 80, 8080};
  Endpoints ends{source, destination};
  ends.ttl = static_cast<std::uint8_t>(1 + below(random, 64));
  const auto from = static_cast<std::uint16_t>(1024 + below(random, 3));
  const std::uint16_t to = kPorts[below(random, 4)];
  Bytes packet;
  switch (below(random, 4)) {
    case 0: packet = craft_udp(ends, from, to, below(random, 40)); break;
    case 1: packet = craft_echo(ends, below(random, 2) == 0, from); break;
    default: packet = craft_tcp(ends, from, to, static_cast<std::uint8_t>(below(random, 64))); break;
  }
  if (below(random, 12) == 0) packet[6] = 0x20;  // a first fragment
  fix_checksums(packet);
  if (below(random, 20) == 0) packet.back() = static_cast<std::uint8_t>(packet.back() ^ 0xff);
  return packet;
}

std::vector<Packet> random_traffic(Random& random, int count) {
  std::vector<Packet> packets;
  while (count-- > 0) {
    const std::string inside = one_of(random, {"198.51.100.7", "198.51.100.200"});
    const std::string outside = one_of(random, {"192.0.2.9", "192.0.2.77", "203.0.113.9"});
    const std::string us = one_of(random, {"192.0.2.1", "198.51.100.1"});
    switch (below(random, 6)) {
      case 0: packets.push_back(Packet::arriving("eth0", random_packet(random, outside, inside))); break;
      case 1: packets.push_back(Packet::arriving("eth1", random_packet(random, inside, outside))); break;
      case 2: packets.push_back(Packet::arriving("eth0", random_packet(random, outside, us))); break;
      case 3: packets.push_back(Packet::arriving("eth1", random_packet(random, inside, us))); break;
      case 4: packets.push_back(Packet::local(random_packet(random, us, outside))); break;
      default: packets.push_back(Packet::local(random_packet(random, us, us))); break;
    }
  }
  return packets;
}

struct Verdicts {
  std::string fates;
  std::map<End, int> ends;
  std::vector<RuleCounter> counters;
};

void ask(Backend backend, const std::string& ruleset, const std::vector<Packet>& packets, Verdicts* verdicts) {
  LabOptions options;
  options.interfaces = {{"eth0", {"192.0.2.1/24"}}, {"eth1", {"198.51.100.1/24"}}};
  options.routes = {{"default", "192.0.2.254", "eth0"}};
  std::string error;
  const auto lab = Lab::create(options, &error);
  ASSERT_TRUE(lab) << error;
  const ToolResult load = lab->restore(backend, Family::kIpv4, ruleset);
  ASSERT_TRUE(load.ok()) << load.err << ruleset;
  const Outcome outcome = lab->send(packets);
  ASSERT_TRUE(outcome.ok()) << outcome.error;
  for (std::size_t at = 0; at < packets.size(); ++at) {
    ++verdicts->ends[outcome.fates[at].end];
    verdicts->fates += std::to_string(at) + " " + describe(outcome.fates[at]);
  }
  verdicts->counters = read_counters(lab->save(backend, Family::kIpv4).out);
}

TEST(BackendsAgree, OnRandomPackets) {
  NFPROOF_NEEDS_KERNEL();
  std::map<End, int> ends;
  for (unsigned seed = 1; seed <= 20; ++seed) {
    Random random(seed);
    const std::string ruleset = random_ruleset(random);
    const std::vector<Packet> packets = random_traffic(random, 400);
    Verdicts legacy;
    Verdicts nft;
    ASSERT_NO_FATAL_FAILURE(ask(Backend::kLegacy, ruleset, packets, &legacy));
    ASSERT_NO_FATAL_FAILURE(ask(Backend::kNft, ruleset, packets, &nft));
    EXPECT_EQ(counter_differences(legacy.counters, nft.counters), "") << "seed " << seed << "\n" << ruleset;
    EXPECT_EQ(legacy.fates, nft.fates) << "seed " << seed << "\n" << ruleset;
    if (HasFailure()) break;
    for (const auto& [end, count] : legacy.ends) ends[end] += count;
  }
  // Traffic that only ever meets one fate would prove nothing.
  for (const End end : {End::kDropped, End::kDelivered, End::kForwarded, End::kSent}) {
    EXPECT_GT(ends[end], 100) << name_of(end);
    RecordProperty(name_of(end), ends[end]);
  }
}

}  // namespace
}  // namespace nfproof::testing
