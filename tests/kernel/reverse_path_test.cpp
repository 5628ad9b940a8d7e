// SPDX-License-Identifier: Apache-2.0
// `rpfilter` and `fib saddr ... oif` with every kind of source: the translation of one to the other in the kernel, and
// both in the simulator beside the kernel.
#include <gtest/gtest.h>

#include <iostream>

#include "tests/kernel/harness/craft.h"
#include "tests/kernel/sim_bout.h"
#include "tests/kernel/translate_compare.h"

namespace nfproof::testing {
namespace {

/// One with routes of the other table, which the mark 0x8000 chooses, in it.
const std::vector<std::string> kSources4 = {"192.0.2.9", "198.51.100.9",   "203.0.113.9", "203.0.113.200",
                                            "10.7.1.1",  "0.0.0.0",        "192.0.2.255", "255.255.255.255",
                                            "192.0.2.0", "198.51.100.255", "192.0.2.1",   "198.51.100.1",
                                            "127.0.0.1", "224.0.0.5",      "0.0.0.7"};
const std::vector<std::string> kSources6 = {
    "2001:db8::9", "2001:db8:1::9", "2001:db8:f::1", "2001:db8:ffff::9", "2001:db8:7::1",
    "::",          "2001:db8::1",   "2001:db8:1::1", "2001:db8::",       "fe80::9"};
const std::vector<std::string> kDestinations4 = {"192.0.2.1", "198.51.100.7", "255.255.255.255", "224.0.0.1",
                                                 "239.2.2.2"};
const std::vector<std::string> kDestinations6 = {"2001:db8::1", "2001:db8:1::7", "ff02::1", "ff02::1:ff00:1"};
const std::vector<std::string> kInterfaces = {"eth0", "eth1"};

std::vector<TrafficPacket> packets(bool v6) {
  std::vector<TrafficPacket> all;
  for (const std::string& source : v6 ? kSources6 : kSources4)
    for (const std::string& destination : v6 ? kDestinations6 : kDestinations4)
      for (const std::string& in : kInterfaces) {
        const Endpoints ends{source, destination};
        for (const WireBytes& bytes : {craft_udp(ends, 1000, 9), craft_udp(ends, 1000, 7), craft_echo(ends)})
          all.push_back({false, in, {}, bytes});
      }
  return all;
}

/// Each set of options and its opposite, with a bit of the mark for each.
std::string every_rpfilter(const std::string& policy) {
  std::string rules = "*mangle\n:PREROUTING " + policy +
                      " [0:0]\n:OUTPUT ACCEPT [0:0]\n"
                      "-A PREROUTING -p udp -m udp --dport 7 -j MARK --or-mark 0x8000\n";
  unsigned bit = 0;
  for (const char* invert : {"", " --invert"})
    for (const char* options : {"", " --loose", " --validmark", " --loose --validmark", " --accept-local",
                                " --loose --accept-local", " --validmark --accept-local"})
      rules += "-A PREROUTING -m rpfilter" + std::string(options) + invert + " -j MARK --or-mark " +
               std::to_string(1U << bit++) + "\n";
  return rules + "COMMIT\n";
}

std::string every_fib(bool v6) {
  const std::string family = v6 ? "ip6" : "ip";
  std::string rules =
      "table " + family + " t {\n  chain pre {\n    type filter hook prerouting priority raw; policy drop;\n";
  for (const char* keys : {"saddr . iif oif", "saddr oif"})
    for (const char* value : {"exists", "missing"})
      rules += std::string("    fib ") + keys + ' ' + value + " counter\n";
  for (const char* type : {"broadcast", "local"})
    for (const char* keys : {"saddr type", "saddr . iif type"})
      rules += std::string("    fib ") + keys + ' ' + type + " counter\n";
  return rules + "  }\n}\n";
}

/// eth0 leads to the world, or nothing does.
LabOptions place(bool world) {
  LabOptions options;
  options.interfaces = {{"eth0", {"192.0.2.1/24", "2001:db8::1/64", "fe80::1/64"}},
                        {"eth1", {"198.51.100.1/24", "2001:db8:1::1/64"}}};
  if (world) options.routes = {{"default", "192.0.2.254", "eth0"}, {"::/0", "2001:db8::fe", "eth0"}};
  options.more_ip4 =
      "route add unreachable 203.0.113.0/25\nrule add fwmark 0x8000/0x8000 table 77\n"
      "route add 10.7.0.0/16 dev eth1 table 77\n";
  options.more_ip6 =
      "route add unreachable 2001:db8:f::/48\nrule add fwmark 0x8000/0x8000 table 77\n"
      "route add 2001:db8:7::/48 dev eth1 table 77\n";
  return options;
}

TEST(ReversePath, IsTheSameInNftables) {
  NFPROOF_NEEDS_KERNEL();
  Replay replay;
  for (const bool v6 : {false, true})
    for (const bool world : {false, true})
      for (const bool optimize : {false, true}) {
        std::vector<Packet> sent;
        for (const TrafficPacket& packet : packets(v6))
          sent.push_back(Packet::arriving(packet.interface, packet.bytes));
        // What a raw socket sends to this host with a source of its own choice.
        if (!v6)
          for (const char* source : {"192.0.2.255", "192.0.2.9", "127.0.0.1"})
            sent.push_back(Packet::local(craft_udp({source, "192.0.2.1"}, 1000, 9)));
        expect_same_fates(every_rpfilter("ACCEPT"), v6 ? Family::kIpv6 : Family::kIpv4, place(world), sent, replay,
                          optimize);
        if (HasFatalFailure()) return;
      }
  std::cout << replay.summary() << "\n";
}

std::string replayed(const std::string& text, bool v6, bool nft) {
  Bout bout(text, {.v6 = v6, .backend = Backend::kLegacy, .nft = nft, .settings = {}});
  for (const TrafficPacket& packet : packets(v6)) {
    if (!bout.problem().empty()) break;
    (void)bout.send(packet);
  }
  if (bout.problem().empty()) bout.compare_counters();
  return bout.problem() + bout.differences();
}

TEST(ReversePath, IsTheSameInTheSimulator) {
  NFPROOF_NEEDS_KERNEL();
  // The simulator knows one table of routes. What becomes of the packets later is not asked.
  std::string rpfilter = every_rpfilter("DROP");
  for (std::size_t at = 0; (at = rpfilter.find(" --validmark", at)) != std::string::npos;) rpfilter.erase(at, 12);
  for (const bool v6 : {false, true}) {
    EXPECT_EQ(replayed(rpfilter, v6, false), "");
    EXPECT_EQ(replayed(every_fib(v6), v6, true), "");
  }
}

}  // namespace
}  // namespace nfproof::testing
