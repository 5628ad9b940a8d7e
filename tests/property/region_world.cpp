// SPDX-License-Identifier: Apache-2.0
// Rules and packets of the small world.
#include "tests/property/region_world.h"

#include <array>
#include <string_view>

namespace nfproof::testing {

using analyzer::HostWay;
using ir::FieldId;
using ir::u128;

std::string RegionRuleset::text() {
  std::string text;
  if (chance(40)) {
    text += "*raw\n:PREROUTING ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n";
    for (const char* chain : {"PREROUTING", "OUTPUT"})
      if (chance(60))
        text += std::string("-A ") + chain + tests(chain) + (chance(60) ? " -j CT --notrack" : " -j DROP") + "\n";
    text += "COMMIT\n";
  }
  if (chance(50)) {
    text +=
        "*mangle\n:PREROUTING ACCEPT [0:0]\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n"
        ":POSTROUTING ACCEPT [0:0]\n:M - [0:0]\n";
    for (const char* chain : {"PREROUTING", "FORWARD", "OUTPUT", "M", "POSTROUTING"})
      for (std::size_t i = below(3); i > 0; --i) text += std::string("-A ") + chain + tests(chain) + mark(chain) + "\n";
    text += "COMMIT\n";
  }
  if (chance(40)) {
    text += "*nat\n:PREROUTING ACCEPT [0:0]\n:INPUT ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\n";
    for (std::size_t i = 1 + below(2); i > 0; --i)
      text += "-A PREROUTING" + tests("PREROUTING") +
              " -p tcp -j DNAT --to-destination 198.51.100.7:" + (chance(50) ? "22" : "80") + "\n";
    if (chance(50)) text += "-A POSTROUTING -o eth1 -j MASQUERADE\n";
    text += "COMMIT\n";
  }
  text += std::string("*filter\n:INPUT ") + policy() + "\n:FORWARD " + policy() + "\n:OUTPUT " + policy() +
          "\n:A - [0:0]\n:B - [0:0]\n";
  for (const char* chain : {"INPUT", "FORWARD", "OUTPUT"})
    for (std::size_t i = 1 + below(4); i > 0; --i) text += std::string("-A ") + chain + tests(chain) + target(0) + "\n";
  for (std::size_t i = below(4); i > 0; --i) text += "-A A" + tests("A") + target(1) + "\n";
  for (std::size_t i = below(3); i > 0; --i) text += "-A B" + tests("B") + target(2) + "\n";
  return text + "COMMIT\n";
}

std::string RegionRuleset::changed(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  for (std::size_t tries = 0; tries < 100; ++tries) {
    const std::size_t line = below(lines.size());
    if (!lines[line].starts_with("-A ")) continue;
    const std::size_t kind = below(6);
    const auto replace = [&](std::string_view from, std::string_view to) {
      if (const std::size_t at = lines[line].find(from); at != std::string::npos)
        lines[line].replace(at, from.size(), to);
    };
    if (kind == 0) lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(line));
    if (kind == 1) lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(line), std::string(lines[line]));
    if (kind == 2 && lines[line].ends_with("-j DROP")) lines[line].replace(lines[line].size() - 4, 4, "ACCEPT");
    if (kind == 3 && lines[line - 1].starts_with("-A ")) std::swap(lines[line - 1], lines[line]);
    if (kind == 4 && (lines[line].ends_with(" -j A") || lines[line].ends_with(" -j B"))) replace(" -j ", " -g ");
    if (kind == 5) replace("0x1", "0x2"), replace("22", "80");
    break;
  }
  std::string result;
  for (const std::string& each : lines) result += each + '\n';
  return result;
}

std::string RegionRuleset::tests(const std::string& chain) {
  const bool in = chain != "OUTPUT" && chain != "POSTROUTING";
  const bool out = chain == "FORWARD" || chain == "OUTPUT" || chain == "POSTROUTING";
  std::string text;
  if (chance(30)) text += maybe_not() + " -s " + (chance(50) ? "198.51.100.7/32" : "203.0.113.0/24");
  if (chance(25)) text += maybe_not() + " -d " + (chance(50) ? "198.51.100.7/32" : "192.0.2.0/24");
  if (in && chance(25)) text += maybe_not() + " -i " + (chance(50) ? "eth0" : "eth+");
  if (out && chance(25)) text += maybe_not() + " -o eth1";
  if (chance(40) && chain != "PREROUTING") text += protocol();
  if (chance(20))
    text += " -m conntrack" + maybe_not() + " --ctstate " +
            (chance(50)   ? "NEW"
             : chance(50) ? "UNTRACKED"
                          : "NEW,ESTABLISHED");
  if (chance(20)) text += " -m mark" + maybe_not() + (chance(50) ? " --mark 0x1" : " --mark 0x2/0x3");
  if (chance(10)) text += " -m connmark" + maybe_not() + " --mark 0x1";
  return text;
}

std::string RegionRuleset::protocol() {
  if (chance(20)) return maybe_not() + " -p " + (chance(50) ? "tcp" : "udp");
  if (chance(15)) return " -p icmp -m icmp" + maybe_not() + " --icmp-type " + (chance(50) ? "8" : "3/1");
  if (chance(15)) return " -p tcp -m tcp" + maybe_not() + " --tcp-flags SYN,ACK SYN";
  const std::string name = chance(70) ? "tcp" : "udp";
  return " -p " + name + " -m " + name + maybe_not() + " --dport " + (chance(50) ? "22" : chance(50) ? "80" : "22:80");
}

std::string RegionRuleset::mark(const std::string& chain) {
  switch (below(7)) {
    case 0: return " -j MARK --set-xmark 0x1/0xffffffff";
    case 1: return " -j MARK --set-xmark 0x2/0x3";
    case 2: return " -j CONNMARK --save-mark";
    case 3: return " -j CONNMARK --restore-mark";
    case 4: return " -j DROP";
    case 5: return chain == "M" ? " -j RETURN" : " -j M";
    default: return " -j MARK --set-xmark 0x4/0x6";
  }
}

std::string RegionRuleset::target(int depth) {
  const std::size_t kind = below(10);
  if (kind < 3) return " -j ACCEPT";
  if (kind < 6) return " -j DROP";
  if (kind == 6 && depth > 0) return " -j RETURN";
  if (kind == 7 && depth == 0) return chance(30) ? " -g A" : " -j A";
  if (kind == 8 && depth < 2) return chance(30) ? " -g B" : " -j B";
  return kind == 9 ? "" : depth == 2 ? " -j ACCEPT" : " -j B";
}

namespace {

struct Kind {
  u128 protocol, port, flags, icmp, fragment;
};
constexpr std::array<Kind, 10> kKinds = {{{6, 22, 2, 0, 0},
                                          {6, 80, 18, 0, 0},
                                          {6, 40, 16, 0, 0},
                                          {6, 443, 2, 0, 0},
                                          {17, 22, 0, 0, 0},
                                          {17, 80, 0, 0, 0},
                                          {1, 0, 0, 0x800, 0},
                                          {1, 0, 0, 0x301, 0},
                                          {47, 0, 0, 0, 0},
                                          {6, 0, 0, 0, 100}}};

/// What distinguishes packets of the small world.
struct Choices {
  Kind kind;
  const char* in;
  const char* out;
  u128 source, destination, state, mark, ct_mark;
};

ir::Packet packet_of(HostWay way, const Choices& choices) {
  ir::Packet packet;
  if (way != HostWay::kOutput) packet.in = choices.in;
  if (way != HostWay::kInput) packet.out = choices.out;
  packet.hook = way == HostWay::kOutput ? ir::Hook::kOutput : ir::Hook::kPrerouting;
  packet.set(FieldId::kIpSaddr, choices.source);
  packet.set(FieldId::kIpDaddr, choices.destination);
  packet.set(FieldId::kL4Proto, choices.kind.protocol);
  packet.set(FieldId::kIpFragOffset, choices.kind.fragment);
  if (choices.kind.port != 0) {
    packet.set(FieldId::kThSport, 40007);
    packet.set(FieldId::kThDport, choices.kind.port);
  }
  if (choices.kind.protocol == 6 && choices.kind.fragment == 0) packet.set(FieldId::kTcpFlags, choices.kind.flags);
  if (choices.kind.protocol == 1) packet.set(FieldId::kIcmpTypeCode, choices.kind.icmp);
  packet.set(FieldId::kCtState, choices.state);
  packet.set(FieldId::kMark, choices.mark);
  packet.set(FieldId::kIpTtl, 64);
  packet.set(FieldId::kLength, 100);
  packet.set(FieldId::kIpTos, 0);
  packet.set(FieldId::kPktType, 0);
  if (static_cast<unsigned>(packet.ct_state()) < 3) {
    packet.set(FieldId::kCtMark, choices.ct_mark);
    packet.set(FieldId::kCtDirection, 0);
    packet.set(FieldId::kCtStatus, packet.ct_state() == ir::CtState::kNew ? 0 : 14);
  }
  return packet;
}

constexpr std::array<u128, 3> kSources = {0xC6336407, 0xCB007105, 0x08080808};
// Two of them are the known host's own.
constexpr std::array<u128, 5> kDestinations = {0xC6336407, 0xC0000205, 0x08080404, 0xC0000201, 0xC6336401};
constexpr std::array<const char*, 4> kNames = {"eth0", "eth1", "eth7", "wan"};

/// A SYN/ACK opens no connection, an ICMP error belongs to one that it is about, an echo request does not.
bool tracking_can_say(const Choices& choices) {
  const auto state = static_cast<ir::CtState>(choices.state);
  if (state == ir::CtState::kInvalid || state == ir::CtState::kUntracked) return true;
  if (choices.kind.protocol == 6) return choices.kind.flags != 18 || state != ir::CtState::kNew;
  if (choices.kind.protocol != 1) return true;
  return (choices.kind.icmp >> 8U == 3) == (state == ir::CtState::kRelated);
}

}  // namespace

std::vector<ir::Packet> region_packets(HostWay way, std::mt19937_64& random, std::size_t count) {
  const auto pick = [&](const auto& list) { return list[random() % list.size()]; };
  std::vector<ir::Packet> all;
  while (all.size() < count) {
    Choices choices{};
    choices.kind = pick(kKinds);
    if (choices.kind.fragment != 0 && way == HostWay::kInput) continue;
    choices.in = pick(kNames);
    choices.out = pick(kNames);
    choices.source = pick(kSources);
    choices.destination = pick(kDestinations);
    choices.state = random() % 5;
    choices.mark = random() % 4;
    choices.ct_mark = random() % 2;
    if (tracking_can_say(choices)) all.push_back(packet_of(way, choices));
  }
  return all;
}

std::vector<ir::Packet> every_region_packet(HostWay way) {
  constexpr std::array<std::size_t, 5> kFew = {0, 1, 4, 6, 9};  // of the kinds
  constexpr std::array<const char*, 2> kTwo = {"eth0", "eth7"};
  std::vector<ir::Packet> all;
  // The digits of one number choose.
  for (std::size_t number = 0;; ++number) {
    std::size_t rest = number;
    const auto pick = [&rest](const auto& list) {
      const auto chosen = list[rest % list.size()];
      rest /= list.size();
      return chosen;
    };
    Choices choices{};
    choices.kind = kKinds[pick(kFew)];
    choices.in = way == HostWay::kOutput ? "" : pick(kTwo);
    choices.out = way == HostWay::kInput ? "" : pick(kTwo);
    choices.source = pick(std::array{kSources[0], kSources[2]});
    choices.destination = pick(std::array{kDestinations[0], kDestinations[1], kDestinations[3]});
    choices.state = pick(std::array<u128, 4>{0, 1, 3, 4});
    choices.mark = pick(std::array<u128, 2>{0, 1});
    choices.ct_mark = pick(std::array<u128, 2>{0, 1});
    if (rest != 0) return all;
    if (choices.kind.fragment != 0 && way == HostWay::kInput) continue;
    if (choices.state >= 3 && choices.ct_mark != 0) continue;  // it has none
    if (tracking_can_say(choices)) all.push_back(packet_of(way, choices));
  }
}

}  // namespace nfproof::testing
