// SPDX-License-Identifier: Apache-2.0
// Look-ups in ipsets and the SET target against the kernel: random sets of all types that the kernel here has, random
// rules that look packets up in them, add, delete and map, random packets of both families. Afterwards the counters of
// all rules and what `ipset save` prints must be the same.
#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>
#include <random>
#include <regex>
#include <sstream>

#include "compiler/ipset/print.h"
#include "tests/kernel/twins.h"
#include "tests/sim/scene.h"

namespace nfproof::testing {
namespace {

constexpr std::size_t kPackets = 400;
constexpr int kRules = 90;

struct SetKind {
  std::string type;
  unsigned dimension;
};

class Maker {
 public:
  Maker(std::uint64_t seed, bool v6) : random_(seed), v6_(v6) {}

  std::string sets() {
    std::string text;
    for (const SetKind& kind : kinds()) text += set(kind);
    if (names_.empty()) return text;
    text += "create lists list:set size 8 counters\n";
    for (int i = 0; i < 3; ++i) text += "add lists " + names_[below(names_.size())].first + " -exist\n";
    names_.emplace_back("lists", 3);
    return text;
  }

  std::string rules() {
    std::string text = "*mangle\n:PREROUTING ACCEPT [0:0]\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n";
    text += ":OUTPUT ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\n";
    for (int i = 0; i < kRules; ++i) text += "-A " + rule() + "\n";
    return text + "COMMIT\n";
  }

  std::vector<TwinPacket> packets() {
    static const std::vector<std::uint8_t> kProtocols = {6, 6, 17, 132, 47, 136};
    std::vector<TwinPacket> result;
    for (std::size_t i = 0; i < kPackets; ++i) {
      const bool icmp = chance(15);
      const std::uint8_t protocol = icmp ? (v6_ ? 58 : 1) : kProtocols[below(kProtocols.size())];
      IpHeader ip = from_to(address(false), address(false), protocol);
      ip.ttl = 60;
      if (!v6_ && chance(5)) ip.fragment = 0x2000;
      if (!v6_ && chance(5)) ip.fragment = 3;
      WireBytes payload = transport(protocol);
      if (!chance(5)) wire_checksum(ip, payload);
      if (chance(4)) payload.resize(below(payload.size() + 1));
      result.push_back({chance(70) ? "eth0" : "eth1", wire_packet(ip, payload), {}});
    }
    return result;
  }

 private:
  std::size_t below(std::size_t bound) { return random_() % bound; }
  bool chance(unsigned percent) { return below(100) < percent; }
  std::string pick(const std::vector<std::string>& from) { return from[below(from.size())]; }

  std::vector<SetKind> kinds() const {
    std::vector<SetKind> kinds = {{"hash:ip", 1},        {"hash:net", 1},        {"hash:ip,port", 2},
                                  {"hash:net,port", 2},  {"hash:ip,port,ip", 3}, {"hash:ip,port,net", 3},
                                  {"hash:net,iface", 2}, {"bitmap:port", 1}};
    if (!v6_) kinds.insert(kinds.end(), {{"bitmap:ip", 1}, {"bitmap:ip,mac", 2}});
    return kinds;
  }

  std::string address(bool network) {
    const std::string last = std::to_string(1 + below(12));
    if (v6_)
      return pick({"2001:db8::", "2001:db8:5::"}) + last + (network ? pick({"/128", "/124", "/64", "/126"}) : "");
    return pick({"203.0.113.", "198.51.100."}) + last + (network ? pick({"/32", "/28", "/24", "/30", "/31"}) : "");
  }

  std::string port() {
    const std::string icmp = v6_ ? "icmpv6" : "icmp";
    return pick({"tcp:80", "tcp:81", "udp:53", "udp:80-82", "sctp:80", "udplite:53", "gre:0", icmp + ":ping",
                 icmp + ":1/0", "80"});
  }

  std::string element(const std::string& type) {
    if (type == "hash:ip" || type == "bitmap:ip" || type == "bitmap:ip,mac") return address(false);
    if (type == "hash:net") return address(true);
    if (type == "hash:ip,port") return address(false) + "," + port();
    if (type == "hash:net,port") return address(true) + "," + port();
    if (type == "hash:ip,port,ip") return address(false) + "," + port() + "," + address(false);
    if (type == "hash:ip,port,net") return address(false) + "," + port() + "," + address(true);
    if (type == "hash:net,iface") return address(true) + "," + pick({"eth0", "eth1", "eth2", "lo"});
    return pick({"80", "53", "81-83", "1000"});
  }

  std::string set(const SetKind& kind) {
    std::string text;
    for (int copy = 0; copy < 2; ++copy) {
      const std::string name = "s" + std::to_string(names_.size());
      names_.emplace_back(name, kind.dimension);
      const bool counters = chance(40);
      const bool skbinfo = chance(40);
      std::string header = "create " + name + " " + kind.type;
      if (kind.type.starts_with("hash")) header += v6_ ? " family inet6" : "";
      if (kind.type == "bitmap:port") header += " range 0-2000";
      if (kind.type.starts_with("bitmap:ip")) header += " range 203.0.113.0-203.0.113.255";
      if (kind.type == "hash:ip" && chance(30)) header += v6_ ? " netmask 124" : " netmask 30";
      if (kind.type.starts_with("hash") && chance(15)) header += " maxelem 6";
      if (chance(30)) header += " timeout " + pick({"0", "4000"});
      if (counters) header += " counters";
      if (skbinfo) header += " skbinfo";
      text += header + "\n";
      const bool networks = kind.type.find("net") != std::string::npos;
      for (std::size_t i = below(12); i != 0; --i) {
        const std::string one = element(kind.type);
        if (kind.type.starts_with("bitmap:ip") && !one.starts_with("203.")) continue;
        std::string line = "add " + name + " " + one;
        if (networks && chance(25)) line += " nomatch";
        if (kind.type == "hash:net,iface" && chance(10)) line += " wildcard";
        if (skbinfo && chance(60)) line += " skbmark " + pick({"0x5", "0x3/0xff"});
        if (counters && chance(30)) line += " packets 3 bytes 200";
        if (header.find("maxelem 6") == std::string::npos || i < 3) text += line + " -exist\n";
      }
    }
    return text;
  }

  std::string directions(unsigned dimension) {
    std::string text;
    if (chance(5) && dimension > 1) --dimension;
    if (chance(10)) ++dimension;
    for (unsigned i = 0; i < dimension; ++i) text += (i == 0 ? "" : ",") + pick({"src", "dst"});
    return text;
  }

  std::string rule() {
    const auto& [name, dimension] = names_[below(names_.size())];
    const std::string use = name + " " + directions(dimension);
    const std::string chain = pick({"PREROUTING", "PREROUTING", "FORWARD"});
    const std::string some = chance(50) ? " -p " + pick({"tcp", "udp"}) : "";
    if (chance(12))
      return chain + some + " -j SET --add-set " + use + (chance(40) ? " --exist" : "") +
             (chance(30) ? " --timeout " + pick({"3000", "0"}) : "");
    if (chance(6)) return chain + some + " -j SET --del-set " + use;
    if (chance(8)) return chain + some + " -j SET --map-set " + use + " --map-mark";
    if (chance(8)) return chain + " -m mark --mark " + pick({"0x5", "0x3", "0x0"});
    std::string text = chain + " -m set" + (chance(20) ? " !" : "") + " --match-set " + use;
    if (chance(15)) text += " --return-nomatch";
    if (chance(15)) text += " ! --update-counters";
    if (chance(10)) text += " ! --update-subcounters";
    if (chance(15)) text += pick({" --packets-gt 4", " --packets-lt 9", " --packets-eq 3", " ! --packets-eq 5"});
    if (chance(10)) text += pick({" --bytes-gt 300", " --bytes-lt 500"});
    return text;
  }

  WireBytes transport(std::uint8_t protocol) {
    const auto port = [&] { return static_cast<std::uint16_t>(chance(60) ? 80 + below(3) : 53); };
    if (protocol == 6) {
      TcpFields tcp;
      tcp.source = port(), tcp.destination = port(), tcp.flags = kAckFlag;
      return wire_tcp(tcp);
    }
    if (protocol == 17 || protocol == 136) return wire_udp(port(), port(), 10);
    WireBytes bytes(20);
    if (protocol == 1 || protocol == 58) {
      bytes[0] = static_cast<std::uint8_t>(chance(50) ? (v6_ ? 128 : 8) : 1);
    } else {
      bytes[1] = static_cast<std::uint8_t>(80 + below(3));
      bytes[3] = static_cast<std::uint8_t>(80 + below(3));
    }
    return bytes;
  }

  std::mt19937_64 random_;
  bool v6_;
  std::vector<std::pair<std::string, unsigned>> names_;
};

/// Lines in order; without what chance decides, and with seconds that may be gone.
std::string normal(const std::string& text) {
  static const std::regex kChance("(initval 0x[0-9a-f]+|hashsize [0-9]+|bucketsize [0-9]+)");
  static const std::regex kSeconds("timeout (29|39)[0-9][0-9]");
  std::vector<std::string> lines;
  std::istringstream input(std::regex_replace(std::regex_replace(text, kChance, "-"), kSeconds, "timeout $0000"));
  for (std::string line; std::getline(input, line);) {
    for (const char* rounded : {"timeout timeout 29", "timeout timeout 39"})
      if (const std::size_t at = line.find(rounded); at != std::string::npos)
        line.replace(at, line.find(' ', at + 17) - at, line[at + 16] == '2' ? "timeout 3000" : "timeout 4000");
    lines.push_back(line);
  }
  std::sort(lines.begin(), lines.end());
  std::string sorted;
  for (const std::string& line : lines) sorted += line + "\n";
  return sorted;
}

/// The lines that only one of the two has.
std::string differences(const std::string& kernel, const std::string& simulated) {
  std::vector<std::string> a, b, only;
  std::istringstream first(kernel), second(simulated);
  for (std::string line; std::getline(first, line);) a.push_back(line);
  for (std::string line; std::getline(second, line);) b.push_back(line);
  std::set_difference(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(only));
  std::string text;
  for (const std::string& line : only) text += "  kernel " + line + "\n";
  only.clear();
  std::set_difference(b.begin(), b.end(), a.begin(), a.end(), std::back_inserter(only));
  for (const std::string& line : only) text += "  sim    " + line + "\n";
  return text;
}

class Sets : public ::testing::TestWithParam<bool> {};

TEST_P(Sets, LookUpsAndUpdatesAgree) {
  NFPROOF_NEEDS_KERNEL();
  std::size_t matched = 0;
  std::size_t compared = 0;
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    Maker maker(seed, GetParam());
    const std::string sets = maker.sets();
    const std::string rules = maker.rules();
    Twins twins(rules, GetParam(), false, false, sets);
    ASSERT_EQ(twins.problem(), "") << "seed " << seed << "\n" << sets;
    ASSERT_EQ(twins.send(maker.packets()).error, "");
    twins.simulate({});
    const std::vector<TwinCounter> counters = twins.counters();
    for (const TwinCounter& counter : counters) matched += counter.kernel.packets != 0 ? 1 : 0;
    compared += counters.size();
    EXPECT_EQ(disagreements(counters), "") << "seed " << seed << "\n" << sets;
    compiler::ipset::PrintOptions print;
    print.now = twins.simulator().set_time();
    EXPECT_EQ(differences(normal(twins.lab().run({"ipset", "save"}).out),
                          normal(compiler::ipset::save_text(twins.simulator().sets(), std::nullopt, print))),
              "")
        << "seed " << seed;
    if (HasFailure()) return;
  }
  EXPECT_GT(matched, compared / 4);
  std::cout << kPackets * 12 << " packets, " << compared << " rules and policies, " << matched << " of them matched\n";
}

INSTANTIATE_TEST_SUITE_P(Families, Sets, ::testing::Bool(),
                         [](const auto& given) { return given.param ? "Ipv6" : "Ipv4"; });

}  // namespace
}  // namespace nfproof::testing
