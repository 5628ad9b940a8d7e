// SPDX-License-Identifier: Apache-2.0
// Targets that change packets, against the kernel: the bytes and the mark of every packet that gets through, and what
// later rules counted. Random traffic through random rules.
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
    std::string text = "*mangle\n";
    for (const char* chain : kChains) text += ":" + std::string(chain) + " ACCEPT [0:0]\n";
    for (const char* chain : kChains)
      for (int i = 0; i < 12; ++i) text += "-A " + std::string(chain) + " " + rule(chain) + "\n";
    return text + "COMMIT\n";
  }

 private:
  static constexpr std::array kChains = {"PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"};

  std::uint32_t below(std::uint32_t bound) { return static_cast<std::uint32_t>(random_() % bound); }
  std::string number(std::uint32_t bound) { return std::to_string(below(bound)); }
  std::string pick(std::initializer_list<const char*> from) {
    return from.begin()[below(static_cast<std::uint32_t>(from.size()))];
  }

  std::string test() {
    switch (below(6)) {
      case 0: return "-p tcp ";
      case 1: return "-p udp ";
      case 2: return "-m mark --mark 0x" + number(4) + "/0x3 ";
      case 3: return v6_ ? "-m hl --hl-gt 60 " : "-m ttl --ttl-gt 60 ";
      case 4: return "-m dscp ! --dscp 0x" + number(8) + " ";
      default: return "";
    }
  }

  std::string tcp_target(const std::string& chain) {
    if (below(2) == 0)
      return "-p tcp -j TCPOPTSTRIP --strip-options " +
             pick({"mss", "timestamp", "wscale,sack-permitted", "2,4,8", "5"});
    const bool clamp = below(2) == 0 && chain != "PREROUTING" && chain != "INPUT";
    return "-p tcp --syn -j TCPMSS " + (clamp ? std::string("--clamp-mss-to-pmtu") : "--set-mss " + number(1600));
  }

  std::string hash_target() {
    return "-j HMARK --hmark-tuple " + pick({"src,dst", "src,dst,sport,dport", "ct,src,dst", "dst,sport"}) +
           " --hmark-mod " + std::to_string(1 + below(50)) + " --hmark-offset " + number(9) + " --hmark-rnd 0x" +
           number(99999) + pick({"", " --hmark-proto-mask 0xff"});
  }

  std::string rule(const std::string& chain) {
    switch (below(9)) {
      case 0:
        return test() + "-j MARK " + pick({"--set-xmark", "--set-mark"}) + " 0x" + number(99) + "/0x" + number(99);
      case 1:
        return test() + "-j TOS " + pick({"--set-tos", "--and-tos", "--or-tos", "--xor-tos"}) + " 0x" + number(99);
      case 2: return test() + "-j DSCP --set-dscp 0x" + number(39);
      case 3:
        return test() + (v6_ ? "-j HL --hl-" : "-j TTL --ttl-") + pick({"set ", "inc ", "dec "}) +
               std::to_string(1 + below(70));
      case 4: return v6_ ? test() + "-j CONNMARK --save-mark --mask 0x" + number(99) : "-p tcp -j ECN --ecn-tcp-remove";
      case 5:
      case 6: return tcp_target(chain);
      case 7: return hash_target();
      default: return test() + (below(2) == 0 ? "-j CONNMARK --restore-mark" : "");
    }
  }

  std::mt19937_64 random_;
  bool v6_;
};

bool got_through(const Fate& fate) {
  return fate.end == End::kDelivered || fate.end == End::kForwarded || fate.end == End::kSent;
}

std::string hex(const std::vector<std::uint8_t>& bytes) {
  static constexpr const char* kDigits = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t byte : bytes) text += {kDigits[byte >> 4], kDigits[byte & 15]};
  return text;
}

class Change : public ::testing::TestWithParam<int> {};

TEST_P(Change, LeavesTheSamePacket) {
  NFPROOF_NEEDS_KERNEL();
  const auto seed = static_cast<std::uint64_t>(GetParam());
  const bool v6 = seed % 2 == 1;
  Twins twins(Rules(seed, v6).ruleset(), v6, true);
  ASSERT_EQ(twins.problem(), "");
  Traffic traffic(seed + 40, {.v6 = v6});
  std::vector<TwinPacket> packets;
  while (packets.size() < 500) {
    const TrafficPacket packet = traffic.next();
    packets.push_back({packet.local ? std::string() : packet.interface, packet.bytes, {}});
  }
  const Outcome outcome = twins.send(packets);
  ASSERT_EQ(outcome.error, "");
  const std::vector<sim::Result> results = twins.simulate({});
  std::size_t compared = 0, changed = 0, wrong = 0;
  for (std::size_t i = 0; i < packets.size(); ++i) {
    const Fate& fate = outcome.fates[i];
    const sim::Result& result = results[i];
    const bool accepted = result.disposition == sim::Disposition::kAccepted;
    EXPECT_TRUE(accepted == got_through(fate) || ++wrong > 3)
        << "packet " << i << " " << hex(packets[i].bytes) << ": kernel " << name_of(fate.end) << ", sim "
        << result.reason;
    if (!accepted || !got_through(fate)) continue;
    ++compared;
    changed += result.rewritten ? 1 : 0;
    const auto mark = static_cast<std::uint32_t>(result.after.get_or(ir::FieldId::kMark, 0));
    const bool same = fate.bytes == result.bytes && fate.mark == mark;
    EXPECT_TRUE(same || ++wrong > 3) << "packet " << i << " " << hex(packets[i].bytes) << "\n  kernel "
                                     << hex(fate.bytes) << " mark " << fate.mark << "\n  sim    " << hex(result.bytes)
                                     << " mark " << mark;
  }
  EXPECT_EQ(disagreements(twins.counters()), "");
  std::cout << compared << " packets compared, " << changed << " of them changed\n";
  EXPECT_GT(changed, 100U);
}

INSTANTIATE_TEST_SUITE_P(Seeds, Change, ::testing::Range(0, 8));

class BothFamilies : public ::testing::TestWithParam<bool> {
 protected:
  [[nodiscard]] static std::string outside() { return GetParam() ? "2001:db8::99" : "192.0.2.99"; }
  [[nodiscard]] static std::string inside() { return GetParam() ? "2001:db8:1::7" : "198.51.100.7"; }
  [[nodiscard]] static std::string own() { return GetParam() ? "2001:db8::1" : "192.0.2.1"; }
  static void add(std::vector<TwinPacket>& packets, const std::string& in, const std::string& from,
                  const std::string& to, std::uint8_t protocol, WireBytes payload) {
    const IpHeader ip = from_to(from, to, protocol);
    wire_checksum(ip, payload);
    packets.push_back({in, wire_packet(ip, payload), {}});
  }
};

TEST_P(BothFamilies, CopiesOfTeeAreCounted) {
  NFPROOF_NEEDS_KERNEL();
  const std::string gateway = GetParam() ? "2001:db8::254" : "192.0.2.254";
  const std::string tee = " -p udp --dport 53 -j TEE --gateway " + gateway + "\n";
  std::string text =
      "*mangle\n:PREROUTING ACCEPT [0:0]\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n"
      ":POSTROUTING ACCEPT [0:0]\n";
  for (const char* chain : {"PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"})
    text += "-A " + std::string(chain) + tee;
  text += "-A OUTPUT -m conntrack --ctstate UNTRACKED\n-A POSTROUTING -o eth0\n-A POSTROUTING -o eth1\n-A OUTPUT " +
          std::string(GetParam() ? "-m hl --hl-eq 63" : "-m ttl --ttl-eq 63") + "\nCOMMIT\n";
  Twins twins(text, GetParam(), false, true);
  ASSERT_EQ(twins.problem(), "");
  std::vector<TwinPacket> packets;
  for (std::uint16_t port = 4000; port < 4010; ++port) {
    add(packets, "eth0", outside(), own(), 17, wire_udp(port, 53, 20));
    add(packets, "eth0", outside(), inside(), 17, wire_udp(port, 53, 30));
    add(packets, "", own(), outside(), 17, wire_udp(port, 53, 40));
    add(packets, "eth0", outside(), inside(), 17, wire_udp(port, 54, 50));
  }
  ASSERT_EQ(twins.send(packets).error, "");
  twins.simulate({});
  EXPECT_EQ(disagreements(twins.counters()), "");
}

/// eth1 carries 1,400 bytes, and the way to a network behind eth0 1,300.
class NarrowPaths : public BothFamilies {
 protected:
  [[nodiscard]] static std::string far() { return GetParam() ? "2a00:9::4" : "203.0.113.200"; }
  static void narrow(Twins& twins) {
    const bool v6 = GetParam();
    const std::string gateway = v6 ? "2001:db8::254" : "192.0.2.254", net = v6 ? "2a00:9::/32" : "203.0.113.128/25";
    ASSERT_EQ(twins.lab().run({"ip", "link", "set", "eth1", "mtu", "1400"}).err, "");
    ASSERT_EQ(twins.lab()
                  .run({"ip", v6 ? "-6" : "-4", "route", "add", net, "via", gateway, "dev", "eth0", "mtu", "1300"})
                  .err,
              "");
    for (ir::Interface& interface : twins.host().interfaces)
      if (interface.name == "eth1") interface.mtu = 1400;
    ir::Route route;
    route.family = v6 ? ir::Family::kIpv6 : ir::Family::kIpv4;
    route.destination = *ir::parse_address(net.substr(0, net.find('/')), route.family);
    route.prefix = v6 ? 32 : 25;
    route.interface = "eth0";
    route.gateway = ir::parse_address(gateway, route.family);
    route.mtu = 1300;
    twins.host().routes.push_back(route);
  }
};

/// By the MTU of interfaces and of routes, to the destination and back.
TEST_P(NarrowPaths, SegmentSizesFollowThem) {
  NFPROOF_NEEDS_KERNEL();
  Twins twins(
      "*mangle\n:PREROUTING ACCEPT [0:0]\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n"
      ":POSTROUTING ACCEPT [0:0]\n-A FORWARD -p tcp --syn -j TCPMSS --clamp-mss-to-pmtu\n"
      "-A OUTPUT -p tcp --syn -j TCPMSS --clamp-mss-to-pmtu\nCOMMIT\n",
      GetParam(), true);
  ASSERT_EQ(twins.problem(), "");
  narrow(twins);
  std::vector<TwinPacket> packets;
  TcpFields syn{.source = 4000, .destination = 80, .sequence = 1, .flags = 2, .options = {2, 4, 0x40, 0}, .payload = 0};
  add(packets, "eth0", outside(), inside(), 6, wire_tcp(syn));
  add(packets, "eth1", inside(), outside(), 6, wire_tcp(syn));
  add(packets, "eth0", far(), inside(), 6, wire_tcp(syn));
  add(packets, "eth1", inside(), far(), 6, wire_tcp(syn));
  for (const std::string& to : {outside(), inside(), far(), own()}) add(packets, "", own(), to, 6, wire_tcp(syn));
  const Outcome outcome = twins.send(packets);
  ASSERT_EQ(outcome.error, "");
  const std::vector<sim::Result> results = twins.simulate({});
  for (std::size_t i = 0; i < packets.size(); ++i) EXPECT_EQ(hex(outcome.fates[i].bytes), hex(results[i].bytes)) << i;
}

/// What must not be fragmented is refused before FORWARD; by IPv6, when only the route is too narrow, as it leaves.
/// With the state of connections most packets could go the way of an earlier one.
TEST_P(NarrowPaths, RefuseWhatIsTooBig) {
  NFPROOF_NEEDS_KERNEL();
  Twins twins(
      "*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n"
      "-A FORWARD -m conntrack --ctstate ESTABLISHED\n-A FORWARD -m conntrack --ctstate NEW\nCOMMIT\n",
      GetParam(), true);
  ASSERT_EQ(twins.problem(), "");
  narrow(twins);
  std::vector<TwinPacket> packets;
  constexpr std::uint16_t kDontFragment = 0x4000;
  std::uint16_t port = 4000;
  const auto send = [&](const std::string& in, const std::string& from, const std::string& to, std::size_t length,
                        std::uint16_t fragment) {
    IpHeader ip = from_to(from, to, 17);
    ip.fragment = GetParam() ? 0 : fragment;
    WireBytes payload = wire_udp(port, 53, length - (GetParam() ? 48 : 28));
    wire_checksum(ip, payload);
    packets.push_back({in, wire_packet(ip, payload), {}});
  };
  for (const std::uint16_t fragment : {std::uint16_t{0}, kDontFragment})
    for (const std::string& to : {outside(), far()}) {
      ++port;
      for (const std::size_t length : {100, 1300, 1301, 1400, 200}) send("eth1", inside(), to, length, fragment);
      for (const std::size_t length : {150, 1400, 1401, 1500, 250}) send("eth0", to, inside(), length, fragment);
    }
  const Outcome outcome = twins.send(packets);
  ASSERT_EQ(outcome.error, "");
  for (const bool details : {true, false}) {
    sim::SimOptions options;
    options.details = details;
    const std::vector<sim::Result> results = twins.simulate(options);
    EXPECT_EQ(disagreements(twins.counters()), "");
    for (std::size_t i = 0; i < packets.size(); ++i)  // after POSTROUTING the kernel cannot be watched
      EXPECT_EQ(got_through(outcome.fates[i]),
                results[i].disposition == sim::Disposition::kAccepted || results[i].hook == ir::Hook::kPostrouting)
          << i << ' ' << results[i].reason;
  }
}

INSTANTIATE_TEST_SUITE_P(Families, NarrowPaths, ::testing::Bool());
INSTANTIATE_TEST_SUITE_P(Families, BothFamilies, ::testing::Bool());

}  // namespace
}  // namespace nfproof::testing
