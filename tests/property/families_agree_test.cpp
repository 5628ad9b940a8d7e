// SPDX-License-Identifier: Apache-2.0
// `families-agree` of `verify` against brute force: a random ruleset of the small world and its twin for IPv6, mostly
// with a line changed. For every interface, protocol and port every packet of both families is tried until one is let
// in. NFPROOF_ASSERTION_SEEDS=FIRST:COUNT replaces the seeds.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <random>
#include <string>
#include <vector>

#include "analyzer/regions/path_walk.h"
#include "analyzer/regions/verify.h"
#include "cli/oracle.h"
#include "compiler/frontend/expression.h"
#include "tests/property/region_world.h"
#include "tests/property/scene.h"

namespace nfproof::testing {
namespace {

using analyzer::Assertion;
using analyzer::HostWay;
using ir::Family;
using ir::FieldId;
using ir::u128;

/// Each text of the IPv4 world, and what stands for it in the IPv6 world.
constexpr std::array<std::array<std::string_view, 2>, 8> kTwins = {{
    {"198.51.100.7/32", "2001:db8:1::7/128"},
    {"203.0.113.0/24", "2001:db8:ffff::/64"},
    {"192.0.2.0/24", "2001:db8::/64"},
    {"198.51.100.7:", "[2001:db8:1::7]:"},
    {"-p icmp -m icmp", "-p ipv6-icmp -m icmp6"},
    {"--icmp-type 8", "--icmpv6-type 128"},
    {"--icmp-type 3/1", "--icmpv6-type 1/3"},
    {"-p icmp", "-p ipv6-icmp"},
}};

std::string twin_of(std::string text) {
  for (const auto& [v4, v6] : kTwins)
    for (std::size_t at = text.find(v4); at != std::string::npos; at = text.find(v4, at + v6.size()))
      text.replace(at, v4.size(), v6);
  return text;
}

/// A ruleset whose filter table accepts some ports and nothing else, and one for IPv6 that is mostly not quite the
/// same.
std::array<std::string, 2> texts(std::uint64_t seed) {
  RegionRuleset maker(seed);
  const std::string made = maker.text();
  std::string v4;
  for (std::size_t at = 0; at < made.size();) {
    std::string line = made.substr(at, made.find('\n', at) + 1 - at);
    at += line.size();
    const bool filters = at > made.find("*filter");
    const bool few =
        line.find(" -m tcp --dport") != std::string::npos || line.find(" -m udp --dport") != std::string::npos;
    if (const std::size_t accept = line.find("ACCEPT"); filters && !few && accept != std::string::npos)
      line.replace(accept, 6, "DROP");
    v4 += line;
  }
  for (const char* chain : {"INPUT", "FORWARD", "OUTPUT"})
    for (const char* port : {"22", "80", "443"})
      if (seed % 5 < 3)
        v4.insert(v4.rfind("COMMIT"), std::string("-A ") + chain + " -p tcp -m tcp --dport " + port + " -j ACCEPT\n");
  std::string v6 = v4;
  if (seed % 8 > 2)
    if (const std::size_t at = v6.rfind("-A ", v6.rfind(" --dport ")); at != std::string::npos)
      v6.erase(at, v6.find('\n', at) + 1 - at);
  for (std::uint64_t changes = seed % 8; changes > 0; --changes) v6 = maker.changed(v6);
  return {v4, twin_of(std::move(v6))};
}

u128 address(const char* text) {
  const std::string_view view(text);
  return *ir::parse_address(view, view.find(':') == std::string_view::npos ? Family::kIpv4 : Family::kIpv6);
}

/// Addresses that rules name, the host's own, and one of nobody.
struct Addresses {
  std::array<u128, 3> sources;
  std::array<u128, 5> destinations;
};
Addresses addresses(Family family) {
  if (family == Family::kIpv4)
    return {{address("198.51.100.7"), address("203.0.113.5"), address("8.8.8.8")},
            {address("198.51.100.7"), address("192.0.2.5"), address("8.8.4.4"), address("192.0.2.1"),
             address("198.51.100.1")}};
  return {{address("2001:db8:1::7"), address("2001:db8:ffff::5"), address("2001:4860::8")},
          {address("2001:db8:1::7"), address("2001:db8::5"), address("2001:4860::4"), address("2001:db8::1"),
           address("2001:db8:1::1")}};
}

/// A port of a protocol, over interfaces.
struct Port {
  HostWay way{};
  std::string in, out;
  u128 protocol = 0, port = 0;
};

std::vector<Port> ports(HostWay way) {
  std::vector<std::string> in = {"eth0", "eth7", "wan"}, out = {"eth0", "eth1"};
  if (way == HostWay::kOutput) in = {""};
  if (way == HostWay::kInput) out = {""};
  std::vector<Port> all;
  for (const std::string& from : in)
    for (const std::string& to : out)
      for (const u128 protocol : {6, 17, 132})
        for (const u128 port : {22, 40, 80, 443}) all.push_back({way, from, to, protocol, port});
  return all;
}

class World {
 public:
  World(const ir::Ruleset& ruleset, const ir::Host* host, const std::vector<ir::PredicateId>& when)
      : walk_(ruleset, host), tests_(ruleset, nullptr), when_(when) {}

  /// Is there a packet that is let in, of those that are meant?
  [[nodiscard]] bool is_open(const Port& port, Family family) const {
    const Addresses here = addresses(family);
    for (const u128 source : here.sources)
      for (const u128 destination : here.destinations)
        for (unsigned number = 0; number < 3 * 8 * 3; ++number) {
          constexpr std::array<u128, 3> kFlags = {2, 18, 16};
          if (port.protocol != 6 && number % 3 != 0) continue;
          ir::Packet packet = opening(port, family, source, destination);
          if (port.protocol == 6) packet.set(FieldId::kTcpFlags, kFlags[number % 3]);
          packet.set(FieldId::kMark, number / 3 % 8);
          packet.set(FieldId::kCtMark, number / 24);
          if (is_let_in(packet, port.way)) return true;
        }
    return false;
  }

  [[nodiscard]] bool is_let_in(const ir::Packet& packet, HostWay way) const {
    if (!std::all_of(when_.begin(), when_.end(), [&](ir::PredicateId id) { return tests_.holds(id, {}, packet, {}); }))
      return false;
    const analyzer::PathEnd end = walk_.walk(packet, way, {}, {});
    return !end.elsewhere && end.verdict == ir::VerdictKind::kAccept;
  }

 private:
  static ir::Packet opening(const Port& port, Family family, u128 source, u128 destination) {
    ir::Packet packet;
    packet.family = family;
    packet.hook = port.way == HostWay::kOutput ? ir::Hook::kOutput : ir::Hook::kPrerouting;
    packet.in = port.in;
    packet.out = port.out;
    packet.set(packet.source_field(), source);
    packet.set(packet.destination_field(), destination);
    packet.set(FieldId::kL4Proto, port.protocol);
    packet.set(FieldId::kThSport, 40007);
    packet.set(FieldId::kThDport, port.port);
    packet.set(FieldId::kIpTtl, 64);
    packet.set(FieldId::kLength, 100);
    packet.set(FieldId::kIpTos, 0);
    packet.set(FieldId::kPktType, 0);
    packet.set(FieldId::kIpFragOffset, 0);
    packet.set(FieldId::kCtState, 0);
    packet.set(FieldId::kCtDirection, 0);
    packet.set(FieldId::kCtStatus, 0);
    return packet;
  }

  analyzer::PathWalk walk_;
  analyzer::ConcreteWalk tests_;
  const std::vector<ir::PredicateId>& when_;
};

/// Empty: the answer is right.
std::string judge(const World& world, const Assertion& assertion, const analyzer::AssertionResult& answer) {
  if (!answer.holds) return "undecided: " + answer.reason;
  for (const Port& port : ports(assertion.way)) {
    const bool v4 = world.is_open(port, Family::kIpv4);
    const bool v6 = world.is_open(port, Family::kIpv6);
    if (v4 != v6 && *answer.holds)
      return "port " + std::to_string(static_cast<unsigned>(port.port)) + " of protocol " +
             std::to_string(static_cast<unsigned>(port.protocol)) + " from " + port.in + " to " + port.out +
             " is open over one family";
  }
  if (*answer.holds) return {};
  if (!answer.counterexample) return "broken, without a packet";
  const ir::Packet& shown = *answer.counterexample;
  if (!world.is_let_in(shown, assertion.way))
    return "the packet that is shown is refused: " + ir::packet_expression(shown);
  const Port port{assertion.way, shown.in, shown.out, shown.get_or(FieldId::kL4Proto, 0),
                  shown.get_or(FieldId::kThDport, 0)};
  const Family other = shown.family == Family::kIpv4 ? Family::kIpv6 : Family::kIpv4;
  if (world.is_open(port, other)) return "the port that is shown is open over both: " + ir::packet_expression(shown);
  return {};
}

TEST(FamiliesAgree, ExactlyWhenTheSamePortsAreOpen) {
  std::uint64_t first = 1, count = 60;
  if (const char* set = std::getenv("NFPROOF_ASSERTION_SEEDS")) {
    first = std::strtoull(set, nullptr, 10);
    const char* colon = std::strchr(set, ':');
    count = colon == nullptr ? 1 : std::strtoull(colon + 1, nullptr, 10);
  }
  std::size_t held = 0, broken = 0;
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    const auto [v4, v6] = texts(seed);
    const auto scene = make_scene(v4, v6);
    ASSERT_EQ(scene->problems(), "") << v4 << v6;
    ir::Ruleset ruleset = scene->ruleset();
    Assertion assertion;
    assertion.kind = Assertion::Kind::kFamiliesAgree;
    constexpr std::array kWays = {HostWay::kInput, HostWay::kForward, HostWay::kInput, HostWay::kOutput};
    assertion.way = kWays[seed / 2 % kWays.size()];
    constexpr std::array kMeant = {"", "tcp dport { 22, 80 }", "meta l4proto udp", "tcp flags & (syn | ack) == syn"};
    const std::string meant = kMeant[seed / 8 % kMeant.size()];
    source::SourceManager sources;
    source::Diagnostics diagnostics;
    if (!meant.empty())
      assertion.packets = compiler::parse_expression(sources, "packets", meant, ruleset.predicates, diagnostics)->when;
    const ir::Host* host = seed % 2 == 0 ? nullptr : &scene->host;
    analyzer::RegionOptions options;
    options.host = host;
    options.oracle = cli::make_oracle(ruleset, scene->host);
    const analyzer::VerifyResult result = analyzer::verify(ruleset, {assertion}, options);
    for (const std::string& error : result.internal_errors) FAIL() << error << "\nseed " << seed << "\n" << v4 << v6;
    const analyzer::AssertionResult& answer = result.assertions.at(0);
    ASSERT_EQ(judge(World(ruleset, host, assertion.packets), assertion, answer), "")
        << "seed " << seed << ", " << analyzer::way_name(assertion.way) << ' ' << meant << "\n"
        << v4 << v6;
    ++(*answer.holds ? held : broken);
  }
  std::cout << "in " << held << " rulesets both families agree, in " << broken << " they do not\n";
  EXPECT_GT(held, count / 16);
  EXPECT_GT(broken, count / 16);
}

}  // namespace
}  // namespace nfproof::testing
