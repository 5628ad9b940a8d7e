// SPDX-License-Identifier: Apache-2.0
// Whole random firewalls, NAT included, and flows with replies through them: the first run decides what the other side
// answers, the translation must give every packet the same fate. NFPROOF_REPLAY_ROUNDS sets how many are tried.
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <sstream>
#include <tuple>

#include "tests/kernel/translate_compare.h"
#include "tests/support/random_packet.h"
#include "tests/support/random_ruleset.h"

namespace nfproof::testing {
namespace {

LabOptions lab_options() {
  LabOptions options;
  for (const TrafficInterface& interface : traffic_interfaces()) {
    options.interfaces.push_back({interface.name, interface.addresses});
  }
  for (const TrafficRoute& route : traffic_routes()) options.routes.push_back({route.to, route.via, route.interface});
  return options;
}

Packet lab_packet(const TrafficPacket& packet) {
  if (packet.local) return Packet::local(packet.bytes);
  if (packet.source_mac) return Packet::arriving_from(packet.interface, *packet.source_mac, packet.bytes);
  return Packet::arriving(packet.interface, packet.bytes);
}

/// Lets the original firewall take part in making the traffic.
void make_traffic(std::uint64_t seed, const TrafficOptions& traffic_options, const std::string& ruleset, Family family,
                  std::size_t count, std::vector<Packet>& packets) {
  std::string error;
  const auto lab = Lab::create(lab_options(), &error);
  ASSERT_TRUE(lab) << error;
  const ToolResult restored = lab->restore(Backend::kLegacy, family, ruleset);
  ASSERT_TRUE(restored.ok()) << restored.err << ruleset;
  Traffic traffic(seed, traffic_options);
  while (packets.size() < count) {
    const TrafficPacket next = traffic.next();
    packets.push_back(lab_packet(next));
    const Outcome outcome = lab->send({packets.back()});
    ASSERT_TRUE(outcome.ok()) << outcome.error;
    const Fate& fate = outcome.fates[0];
    if (fate.end != End::kLost && fate.end != End::kDropped) traffic.left(fate.bytes);
  }
}

/// The ruleset without conntrack addresses under a mask with holes: iptables-restore takes the whole address instead.
std::string without_odd_masks(const std::string& ruleset) {
  std::string out;
  std::istringstream in(ruleset);
  for (std::string line; std::getline(in, line);) {
    const bool odd =
        line.find("/255.255.0.255") != std::string::npos || line.find("/ffff:ffff::ffff") != std::string::npos;
    if (!odd || line.find(" --ct") == std::string::npos) out += line + "\n";
  }
  return out;
}

class TranslateFirewall : public ::testing::TestWithParam<std::tuple<Family, bool>> {};

TEST_P(TranslateFirewall, TreatsFlowsAlike) {
  NFPROOF_NEEDS_KERNEL();
  const auto [family, stateless] = GetParam();
  const char* rounds = std::getenv("NFPROOF_REPLAY_ROUNDS");
  const unsigned last = rounds != nullptr ? static_cast<unsigned>(std::stoul(rounds)) : 8;
  Replay replay;
  for (unsigned seed = 1; seed <= last; ++seed) {
    RulesetOptions options;
    options.v6 = family == Family::kIpv6;
    options.stateless = stateless;
    options.without = {"TCPMSS"};  // it adds options, which nftables cannot
    TrafficOptions traffic;
    traffic.v6 = options.v6;
    traffic.broken = false;
    // Headers that are cut short, by a fragment's end too, are treated differently: conntrack puts IPv4's together.
    traffic.fragments = !options.v6 && !stateless;
    const std::string ruleset = without_untranslatable(without_odd_masks(random_ruleset(seed, options)), family);
    std::vector<Packet> packets;
    make_traffic(seed, traffic, ruleset, family, 300, packets);
    ASSERT_FALSE(HasFailure()) << "seed " << seed << "\n" << ruleset;
    expect_same_fates(ruleset, family, lab_options(), packets, replay);
    ASSERT_FALSE(HasFailure()) << "seed " << seed;
  }
  std::cout << replay.summary() << "\n";
}

std::string firewall_name(const ::testing::TestParamInfo<std::tuple<Family, bool>>& info) {
  return std::string(std::get<0>(info.param) == Family::kIpv4 ? "Ipv4" : "Ipv6") +
         (std::get<1>(info.param) ? "Stateless" : "Stateful");
}

INSTANTIATE_TEST_SUITE_P(All, TranslateFirewall,
                         ::testing::Combine(::testing::Values(Family::kIpv4, Family::kIpv6), ::testing::Bool()),
                         firewall_name);

}  // namespace
}  // namespace nfproof::testing
