// SPDX-License-Identifier: Apache-2.0
// One ruleset for each kind of target, with the packets that tell right from wrong: through the ruleset and through its
// translation they must come out alike, answers of REJECT included.
#include <gtest/gtest.h>

#include <algorithm>
#include <initializer_list>
#include <iostream>

#include "tests/kernel/harness/craft.h"
#include "tests/kernel/translate_compare.h"
#include "tests/kernel/translate_random.h"

namespace nfproof::testing {
namespace {

constexpr Endpoints kIn4{"203.0.113.9", "192.0.2.1"};
constexpr Endpoints kThrough4{"203.0.113.9", "198.51.100.7"};
constexpr Endpoints kOut4{"198.51.100.7", "203.0.113.9"};
constexpr Endpoints kIn6{"2001:db8:7::9", "2001:db8::1"};
constexpr Endpoints kThrough6{"2001:db8:7::9", "2001:db8:1::7"};
constexpr Endpoints kOut6{"2001:db8:1::7", "2001:db8:7::9"};

/// The packet that answers what left the firewall.
Bytes answer_to(Bytes bytes) {
  const bool v4 = bytes[0] >> 4 == 4;
  const std::ptrdiff_t size = v4 ? 4 : 16;
  const std::ptrdiff_t from = v4 ? 12 : 8;
  const std::ptrdiff_t header = v4 ? 20 : 40;
  const auto at = bytes.begin();
  std::swap_ranges(at + from, at + from + size, at + from + size);
  const std::uint8_t protocol = bytes[v4 ? 9 : 6];
  if (protocol == 6 || protocol == 17) std::swap_ranges(at + header, at + header + 2, at + header + 2);
  if (protocol == 6) bytes[static_cast<std::size_t>(header) + 13] = kTcpSyn | kTcpAck;
  if (protocol == 1) bytes[static_cast<std::size_t>(header)] = 0;
  if (protocol == 58) bytes[static_cast<std::size_t>(header)] = 129;
  fix_checksums(bytes);
  return bytes;
}

void check(const std::string& ruleset, Family family, const std::vector<Packet>& packets, bool answers = false,
           bool optimize = false) {
  LabOptions options = TranslateRandom::lab();
  options.answers = answers;
  Replay replay;
  expect_same_fates(ruleset, family, options, packets, replay, optimize);
  std::cout << replay.summary() << "\n";
}

std::string filter(const std::string& rules) {
  return "*filter\n:INPUT DROP [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n" + rules + "COMMIT\n";
}

std::string nat(const std::string& rules) {
  return "*nat\n:PREROUTING ACCEPT [0:0]\n:INPUT ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\n" +
         rules + "COMMIT\n";
}

std::string mangle(const std::string& rules) {
  return "*mangle\n:PREROUTING ACCEPT [0:0]\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n"
         ":POSTROUTING ACCEPT [0:0]\n" +
         rules + "COMMIT\n";
}

TEST(TranslateTargets, Reject4) {
  NFPROOF_NEEDS_KERNEL();
  std::string rules;
  std::vector<Packet> packets;
  std::uint16_t port = 1000;
  for (const char* with : {"net-unreachable", "host-unreachable", "port-unreachable", "proto-unreachable",
                           "net-prohibited", "host-prohibited", "admin-prohibited"}) {
    ++port;
    rules += "-A INPUT -p udp -m udp --dport " + std::to_string(port) + " -j REJECT --reject-with icmp-" + with + "\n";
    rules +=
        "-A FORWARD -p tcp -m tcp --dport " + std::to_string(port) + " -j REJECT --reject-with icmp-" + with + "\n";
    packets.push_back(Packet::arriving("eth0", craft_udp(kIn4, 5000, port)));
    packets.push_back(Packet::arriving("eth0", craft_tcp(kThrough4, 5000, port, kTcpSyn)));
  }
  rules += "-A INPUT -p tcp -j REJECT --reject-with tcp-reset\n";
  packets.push_back(Packet::arriving("eth0", craft_tcp(kIn4, 5000, 22, kTcpSyn)));
  packets.push_back(Packet::arriving("eth0", craft_tcp(kIn4, 5000, 22, kTcpAck, 7, 9)));
  packets.push_back(Packet::arriving("eth0", craft_tcp(kIn4, 5000, 22, kTcpRst)));
  packets.push_back(Packet::arriving("eth0", craft_echo(kIn4)));
  check(filter(rules), Family::kIpv4, packets, true);
}

TEST(TranslateTargets, Reject6) {
  NFPROOF_NEEDS_KERNEL();
  std::string rules;
  std::vector<Packet> packets;
  std::uint16_t port = 1000;
  for (const char* with : {"icmp6-no-route", "icmp6-adm-prohibited", "icmp6-addr-unreachable", "icmp6-port-unreachable",
                           "icmp6-policy-fail", "icmp6-reject-route"}) {
    ++port;
    rules += "-A INPUT -p udp -m udp --dport " + std::to_string(port) + " -j REJECT --reject-with " + with + "\n";
    rules += "-A FORWARD -p udp -m udp --dport " + std::to_string(port) + " -j REJECT --reject-with " + with + "\n";
    packets.push_back(Packet::arriving("eth0", craft_udp(kIn6, 5000, port)));
    packets.push_back(Packet::arriving("eth0", craft_udp(kThrough6, 5000, port)));
  }
  rules += "-A FORWARD -p tcp -j REJECT --reject-with tcp-reset\n";
  packets.push_back(Packet::arriving("eth0", craft_tcp(kThrough6, 5000, 22, kTcpSyn)));
  packets.push_back(Packet::arriving("eth0", craft_echo(kThrough6)));
  check(filter(rules), Family::kIpv6, packets, true);
}

TEST(TranslateTargets, DestinationNat4) {
  NFPROOF_NEEDS_KERNEL();
  const std::string rules =
      "-A PREROUTING -d 192.0.2.1/32 -p tcp -m tcp --dport 80 -j DNAT --to-destination 198.51.100.7:8080\n"
      "-A PREROUTING -d 192.0.2.1/32 -p tcp -m tcp --dport 81 -j DNAT --to-destination 198.51.100.7-198.51.100.9\n"
      "-A PREROUTING -d 192.0.2.1/32 -p udp -m udp --dport 82 -j DNAT --to-destination :1082\n"
      "-A PREROUTING -d 192.0.2.1/32 -p icmp -j DNAT --to-destination 198.51.100.200 --persistent\n"
      "-A PREROUTING -p tcp -m multiport --ports 90,91 -j REDIRECT --to-ports 3128\n"
      "-A PREROUTING -p udp -m udp --dport 92 -j REDIRECT\n"
      "-A PREROUTING -p udp -m udp --dport 93 -j REDIRECT --to-ports 5353\n"
      "-A PREROUTING -p udp -m udp --dport 95 -j REDIRECT --to-ports 5353\n"
      "-A PREROUTING -d 192.0.2.1/32 -p tcp -m tcp --dport 93 -j DNAT --to-destination 198.51.100.7:80\n"
      "-A PREROUTING -d 192.0.2.1/32 -p tcp -m tcp --dport 95 -j DNAT --to-destination 198.51.100.7:80\n"
      "-A OUTPUT -p udp -m udp --dport 53 -j DNAT --to-destination 203.0.113.53\n"
      "-A OUTPUT -p udp -m udp --dport 54 -j REDIRECT --to-ports 5454\n";
  std::vector<Packet> packets;
  for (const std::uint16_t port : std::initializer_list<std::uint16_t>{80, 81, 82, 83, 90, 91, 92, 93, 94, 95}) {
    // Connections that clash after the translation get random ports: each has a source port of its own.
    const auto from = static_cast<std::uint16_t>(5000 + 10 * port);
    packets.push_back(Packet::arriving("eth0", craft_tcp(kIn4, from, port, kTcpSyn)));
    packets.push_back(
        Packet::arriving("eth0", craft_tcp(kThrough4, static_cast<std::uint16_t>(from + 1), port, kTcpSyn)));
    packets.push_back(Packet::arriving("eth0", craft_udp(kIn4, static_cast<std::uint16_t>(from + 2), port)));
    packets.push_back(Packet::arriving("eth0", craft_udp(kThrough4, static_cast<std::uint16_t>(from + 3), port)));
  }
  packets.push_back(Packet::arriving("eth0", craft_echo(kIn4)));
  packets.push_back(
      Packet::arriving("eth1", answer_to(craft_tcp({"203.0.113.9", "198.51.100.7"}, 5800, 8080, kTcpSyn))));
  packets.push_back(Packet::local(craft_udp({"192.0.2.1", "203.0.113.9"}, 5000, 53)));
  packets.push_back(Packet::local(craft_udp({"192.0.2.1", "203.0.113.9"}, 5000, 54)));
  for (const bool optimize : {false, true}) check(nat(rules), Family::kIpv4, packets, false, optimize);
}

TEST(TranslateTargets, SourceNat4) {
  NFPROOF_NEEDS_KERNEL();
  const std::string rules =
      "-A POSTROUTING -o eth0 -p tcp -m tcp --dport 80 -j SNAT --to-source 192.0.2.10:4000\n"
      "-A POSTROUTING -o eth0 -p udp -m udp --dport 81 -j SNAT --to-source 192.0.2.20-192.0.2.30 --persistent\n"
      "-A POSTROUTING -o eth0 -p udp -m udp --dport 82 -j SNAT --to-source 192.0.2.20-192.0.2.30\n"
      "-A POSTROUTING -o eth0 -p udp -m udp --dport 83 -j MASQUERADE --to-ports 6000\n"
      "-A POSTROUTING -o eth0 -s 198.51.100.0/24 -j MASQUERADE\n"
      "-A INPUT -p udp -m udp --dport 84 -j SNAT --to-source 192.0.2.99\n";
  std::vector<Packet> packets;
  for (const std::uint16_t port : std::initializer_list<std::uint16_t>{80, 81, 82, 83, 84, 85}) {
    packets.push_back(
        Packet::arriving("eth1", craft_tcp(kOut4, static_cast<std::uint16_t>(7000 + port), port, kTcpSyn)));
    packets.push_back(Packet::arriving("eth1", craft_udp(kOut4, static_cast<std::uint16_t>(8000 + port), port)));
    packets.push_back(Packet::arriving("eth0", craft_udp(kIn4, static_cast<std::uint16_t>(9000 + port), port)));
  }
  packets.push_back(Packet::arriving("eth1", craft_echo(kOut4)));
  packets.push_back(Packet::arriving("eth0", answer_to(craft_tcp({"192.0.2.10", "203.0.113.9"}, 4000, 80, kTcpSyn))));
  packets.push_back(Packet::arriving("eth0", answer_to(craft_udp({"192.0.2.1", "203.0.113.9"}, 6000, 83))));
  packets.push_back(Packet::arriving("eth0", craft_echo({"203.0.113.9", "192.0.2.1"}, true)));
  check(nat(rules), Family::kIpv4, packets);
}

TEST(TranslateTargets, Nat6) {
  NFPROOF_NEEDS_KERNEL();
  const std::string rules =
      "-A PREROUTING -d 2001:db8::1/128 -p tcp -m tcp --dport 80 -j DNAT --to-destination [2001:db8:1::7]:8080\n"
      "-A PREROUTING -d 2001:db8::1/128 -p udp -j DNAT --to-destination 2001:db8:1::7-2001:db8:1::9\n"
      "-A PREROUTING -p tcp -m tcp --dport 81 -j REDIRECT --to-ports 3128\n"
      "-A POSTROUTING -o eth0 -p udp -m udp --dport 81 -j SNAT --to-source [2001:db8::99]:4000\n"
      "-A POSTROUTING -o eth0 -j MASQUERADE\n";
  std::vector<Packet> packets;
  for (const std::uint16_t port : std::initializer_list<std::uint16_t>{80, 81, 82}) {
    packets.push_back(
        Packet::arriving("eth0", craft_tcp(kIn6, static_cast<std::uint16_t>(6000 + port), port, kTcpSyn)));
    packets.push_back(Packet::arriving("eth0", craft_udp(kIn6, static_cast<std::uint16_t>(7000 + port), port)));
    packets.push_back(
        Packet::arriving("eth1", craft_tcp(kOut6, static_cast<std::uint16_t>(8000 + port), port, kTcpSyn)));
    packets.push_back(Packet::arriving("eth1", craft_udp(kOut6, static_cast<std::uint16_t>(9000 + port), port)));
  }
  packets.push_back(Packet::arriving("eth1", craft_echo(kOut6)));
  packets.push_back(
      Packet::arriving("eth1", answer_to(craft_tcp({"2001:db8:7::9", "2001:db8:1::7"}, 6080, 8080, kTcpSyn))));
  check(nat(rules), Family::kIpv6, packets);
}

TEST(TranslateTargets, Notrack) {
  NFPROOF_NEEDS_KERNEL();
  const std::string rules =
      "*raw\n:PREROUTING ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n-A PREROUTING -p udp -m udp --dport 53 -j CT --notrack\n"
      "-A OUTPUT -p udp -m udp --sport 53 -j CT --notrack\nCOMMIT\n" +
      mangle(
          "-A PREROUTING -m conntrack --ctstate UNTRACKED -j MARK --set-xmark 0x1/0xffffffff\n"
          "-A PREROUTING -m conntrack --ctstate NEW,RELATED,DNAT -j MARK --set-xmark 0x2/0xffffffff\n"
          "-A PREROUTING -m connmark --mark 0x0 -j MARK --set-xmark 0x4/0x4\n"
          "-A OUTPUT -m conntrack --ctstate UNTRACKED -j MARK --set-xmark 0x8/0x8\n"
          "-A PREROUTING -m connmark ! --mark 0x7 -j MARK --set-xmark 0x10/0x10\n");
  check(rules, Family::kIpv4,
        {Packet::arriving("eth0", craft_udp(kIn4, 5000, 53)), Packet::arriving("eth0", craft_udp(kIn4, 5000, 54)),
         Packet::arriving("eth0", craft_tcp(kIn4, 5000, 53, kTcpRst)),
         Packet::local(craft_udp({"192.0.2.1", "203.0.113.9"}, 53, 5000)),
         Packet::local(craft_udp({"192.0.2.1", "203.0.113.9"}, 54, 5000))});
}

Bytes syn_with_mss(const Endpoints& ends, std::uint16_t port, std::uint16_t mss) {
  const std::size_t ip_header = ends.source.find(':') == std::string_view::npos ? 20 : 40;
  Bytes segment = craft_tcp(ends, 5000, port, kTcpSyn);
  segment.erase(segment.begin(), segment.begin() + static_cast<std::ptrdiff_t>(ip_header));
  segment[12] = 6 << 4;
  segment.insert(segment.begin() + 20, {2, 4, static_cast<std::uint8_t>(mss >> 8), static_cast<std::uint8_t>(mss)});
  Bytes packet = craft_ip(ends, 6, segment);
  fix_checksums(packet);
  return packet;
}

TEST(TranslateTargets, MaximumSegmentSize) {
  NFPROOF_NEEDS_KERNEL();
  const std::string rules = mangle(
      "-A FORWARD -p tcp -m tcp --dport 80 --tcp-flags SYN,RST SYN -m tcpmss --mss 1001:65535 -j TCPMSS --set-mss "
      "1000\n"
      "-A FORWARD -p tcp -m tcp --dport 81 --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu\n"
      "-A FORWARD -p tcp -m tcp --dport 82 --tcp-flags SYN,RST SYN -m tcpmss --mss 0:65535 -j TCPMSS --set-mss 1200\n");
  std::vector<Packet> packets4;
  std::vector<Packet> packets6;
  for (const std::uint16_t port : std::initializer_list<std::uint16_t>{80, 81, 82, 83}) {
    for (const std::uint16_t mss : std::initializer_list<std::uint16_t>{536, 1000, 1100, 1460, 8960}) {
      packets4.push_back(Packet::arriving("eth0", syn_with_mss(kThrough4, port, mss)));
      packets6.push_back(Packet::arriving("eth0", syn_with_mss(kThrough6, port, mss)));
    }
  }
  packets4.push_back(Packet::arriving("eth0", craft_tcp(kThrough4, 5000, 80, kTcpSyn)));
  check(rules, Family::kIpv4, packets4);
  check(rules, Family::kIpv6, packets6);
}

TEST(TranslateTargets, LogsAndPolicies) {
  NFPROOF_NEEDS_KERNEL();
  const std::string rules = filter(
      ":user - [0:0]\n:reject - [0:0]\n"
      "-A INPUT -p udp -j LOG --log-prefix \"udp: \" --log-level 7 --log-ip-options --log-macdecode\n"
      "-A INPUT -p udp -j NFLOG --nflog-group 77 --nflog-prefix \"x\" --nflog-threshold 3\n"
      "-A INPUT -p udp -m udp --dport 1 -j user\n"
      "-A INPUT -p udp -m udp --dport 2 -g user\n"
      "-A INPUT -p udp -m udp --dport 3 -j RETURN\n"
      "-A INPUT -p udp -m udp --dport 4 -m multiport --ports 4,5 -j RETURN\n"
      "-A INPUT -p udp -m udp --dport 1:5 -j ACCEPT\n"
      "-A user -m mark ! --mark 0x0 -j DROP\n"
      "-A user -j reject\n"
      "-A reject -p tcp -j DROP\n");
  std::vector<Packet> packets;
  for (std::uint16_t port = 1; port <= 6; ++port)
    packets.push_back(Packet::arriving("eth0", craft_udp(kIn4, 5000, port)));
  check(rules, Family::kIpv4, packets);
}

}  // namespace
}  // namespace nfproof::testing
