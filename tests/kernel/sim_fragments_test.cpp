// SPDX-License-Identifier: Apache-2.0
// What was put together from fragments leaves in fragments again: the simulator's pieces against those that reach the
// neighbour, byte for byte. Only the identification of IPv6 fragments, which the kernel chooses at random, is left out.
#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "tests/kernel/sim_world.h"

namespace nfproof::testing {
namespace {

constexpr std::size_t kFragmentHeader6 = 40;

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : random_(seed) {}
  std::size_t below(std::size_t end) { return random_() % end; }
  bool one_in(std::size_t n) { return below(n) == 0; }

 private:
  std::mt19937_64 random_;
};

struct Datagram {
  IpHeader ip;
  WireBytes payload;
};

Datagram random_datagram(Dice& dice, bool v6, std::uint16_t number) {
  Datagram datagram;
  datagram.ip.source = wire_address(v6 ? "2001:db8::77" : "203.0.113.9");
  datagram.ip.destination = wire_address(v6 ? "2001:db8:1::7" : "198.51.100.7");
  datagram.ip.ttl = 60;
  datagram.ip.tos = static_cast<std::uint8_t>(dice.below(64) << 2U);
  const std::size_t size = dice.one_in(4) ? dice.below(40) : dice.below(3000);
  const auto port = static_cast<std::uint16_t>(20000 + number);
  switch (dice.below(4)) {
    case 0:
      datagram.payload = wire_udp(port, 53, size);
      datagram.ip.protocol = 17;
      break;
    case 1:
      datagram.payload = wire_icmp(v6 ? 128 : 8, 0, port, WireBytes(size, 7));
      datagram.ip.protocol = v6 ? 58 : 1;
      break;
    default: {
      TcpFields fields{.source = port, .destination = 80, .sequence = 1000, .flags = 2, .options = {}, .payload = 0};
      if (dice.one_in(2)) fields.options = {2, 4, 5, 180, 1, 3, 3, 7};
      if (dice.one_in(2)) fields.flags = 16, fields.payload = size;
      datagram.payload = wire_tcp(fields);
    }
  }
  for (std::size_t i = 20; i < datagram.payload.size(); ++i)
    if (datagram.ip.protocol != 6) datagram.payload[i] = static_cast<std::uint8_t>(i);
  wire_checksum(datagram.ip, datagram.payload);
  // An option that is not repeated in later fragments, and one that is.
  if (!v6 && dice.one_in(3)) datagram.ip.options = {0x52, 4, 5, 0, 0x88, 4, 0, 1, 1, 1, 1, 0};
  if (v6 && dice.one_in(4)) datagram.ip.first_header = 60, datagram.ip.extensions = {6, 0, 1, 4, 0, 0, 0, 0};
  return datagram;
}

/// Fragments of sizes that mostly are equal and sometimes are not, with bits of their own.
std::vector<WireBytes> random_fragments(Dice& dice, Datagram datagram, std::uint32_t id) {
  const bool v6 = datagram.ip.source.size() == 16;
  const std::size_t most = std::min<std::size_t>(datagram.payload.size(), 1400);
  const std::size_t least = v6 && datagram.ip.protocol == 6 ? 20 : 8;
  const std::size_t size =
      std::max<std::size_t>((least + dice.below(std::max<std::size_t>(most, 1))) / 8 * 8, (least + 7) / 8 * 8);
  const bool equal = dice.one_in(2), uncut = !v6 && dice.one_in(3), congested = dice.one_in(4);
  // As long as those of the first fragment: without room for its header before the data, the kernel cuts anew.
  const WireBytes later_options = {0x88, 4, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1};
  std::vector<WireBytes> fragments;
  if (datagram.ip.first_header != 0) datagram.ip.extensions[0] = 44;
  for (std::size_t at = 0, length = 0; at < datagram.payload.size(); at += length) {
    length = equal || at == 0 ? size : 8 * (1 + dice.below(size / 8));
    length = std::min(length, datagram.payload.size() - at);
    const bool more = at + length < datagram.payload.size();
    IpHeader ip = datagram.ip;
    const auto begin = datagram.payload.begin() + static_cast<std::ptrdiff_t>(at);
    WireBytes part(begin, begin + static_cast<std::ptrdiff_t>(length));
    if (congested) ip.tos = static_cast<std::uint8_t>(ip.tos | (dice.one_in(3) ? 3U : dice.one_in(20) ? 0U : 2U));
    if (v6) {
      const std::size_t place = at | (more ? 1U : 0U);
      const WireBytes header = {ip.protocol,
                                0,
                                static_cast<std::uint8_t>(place >> 8),
                                static_cast<std::uint8_t>(place),
                                static_cast<std::uint8_t>(id >> 24),
                                static_cast<std::uint8_t>(id >> 16),
                                static_cast<std::uint8_t>(id >> 8),
                                static_cast<std::uint8_t>(id)};
      if (ip.extensions.empty()) ip.first_header = 44;
      ip.extensions.insert(ip.extensions.end(), header.begin(), header.end());
    } else {
      ip.id = static_cast<std::uint16_t>(id);
      ip.fragment = static_cast<std::uint16_t>((more ? 0x2000U : 0U) | at / 8);
      if (uncut && !dice.one_in(6)) ip.fragment |= 0x4000;
      if (at > 0 && !ip.options.empty()) ip.options = later_options;
    }
    fragments.push_back(wire_packet(ip, part));
  }
  return fragments;
}

WireBytes without_id(WireBytes packet) {
  if (packet[0] >> 4 != 6) return packet;
  std::size_t at = kFragmentHeader6;
  std::uint8_t kind = packet[6];
  while (kind == 60 && at + 8 <= packet.size()) kind = packet[at], at += (packet[at + 1] + 1U) * 8U;
  if (kind == 44 && at + 8 <= packet.size()) std::fill_n(packet.begin() + static_cast<std::ptrdiff_t>(at) + 4, 4, 0);
  return packet;
}

struct Rules {
  const char* name;
  std::string text;
  bool v6 = false;
};
void PrintTo(const Rules& rules, std::ostream* out) { *out << rules.name; }

class Fragments : public ::testing::TestWithParam<Rules> {};

TEST_P(Fragments, LeaveAsTheKernelCutsThem) {
  NFPROOF_NEEDS_KERNEL();
  const bool v6 = GetParam().v6;
  compiler::Compilation compilation;
  ASSERT_EQ(compile_text(GetParam().text, v6, compilation), "");
  LabOptions options = world_lab();
  options.leave = true;
  std::string problem;
  const auto lab = Lab::create(options, &problem);
  ASSERT_TRUE(lab) << problem;
  const auto loaded = lab->restore(Backend::kLegacy, v6 ? Family::kIpv6 : Family::kIpv4, GetParam().text);
  ASSERT_TRUE(loaded.ok()) << loaded.err << GetParam().text;
  const ir::Host host = world_host();
  sim::Simulator simulator(compilation.ruleset, host, {});
  Dice dice(v6 ? 6 : 4);
  std::size_t cut = 0, wrong = 0;
  for (std::uint16_t number = 0; number < 400 && wrong < 3; ++number) {
    const Datagram datagram = random_datagram(dice, v6, number);
    std::vector<WireBytes> ours, theirs;
    std::string sent;
    std::vector<WireBytes> fragments = random_fragments(dice, datagram, 77000U + number);
    // Once more with the same identification: nothing of a datagram that was lost may be left.
    if (dice.one_in(3))
      for (WireBytes& fragment : random_fragments(dice, datagram, 77000U + number))
        fragments.push_back(std::move(fragment));
    for (const WireBytes& fragment : fragments) {
      TrafficPacket packet;
      packet.bytes = fragment;
      packet.interface = "eth0";
      sent += "    sent   " + hex(fragment).substr(0, 140) + " " + std::to_string(fragment.size()) + "\n";
      ASSERT_EQ(lab->send({lab_packet(packet, *lab)}).error, "");
      const sim::Result result = inject(simulator, packet, *lab, number * 1000000LL);
      if (result.disposition != sim::Disposition::kAccepted) continue;
      if (result.pieces.empty()) ours.push_back(without_id(result.bytes));
      for (const auto& piece : result.pieces) ours.push_back(without_id(piece));
    }
    ASSERT_EQ(lab->send({}).error, "");
    for (auto& received : lab->received())
      if (received.interface == "eth1" && wire_ends(received.bytes).source == datagram.ip.source)
        theirs.push_back(without_id(std::move(received.bytes)));
    cut += ours.size() > 1 ? 1 : 0;
    if (ours == theirs) continue;
    ++wrong;
    std::string told = sent;
    for (const auto& each : theirs)
      told += "    kernel " + hex(each).substr(0, 140) + " " + std::to_string(each.size()) + "\n";
    for (const auto& each : ours)
      told += "    sim    " + hex(each).substr(0, 140) + " " + std::to_string(each.size()) + "\n";
    ADD_FAILURE() << "datagram " << number << "\n" << told;
  }
  std::cout << cut << " datagrams left in pieces\n";
  EXPECT_GT(cut, 100U);
}

std::string filter() {
  return "*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n"
         "-A FORWARD -m conntrack --ctstate NEW\nCOMMIT\n";
}
std::string nat(const char* address) {
  return "*nat\n:PREROUTING ACCEPT [0:0]\n:INPUT ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\n"
         "-A PREROUTING -p tcp -j DNAT --to-destination " +
         std::string(address) + "\nCOMMIT\n";
}
std::string mangle() {
  return "*mangle\n:PREROUTING ACCEPT [0:0]\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n"
         ":POSTROUTING ACCEPT [0:0]\n-A FORWARD -p tcp -m tcp --tcp-flags SYN,RST SYN -j TCPMSS --set-mss 1000\n"
         "-A FORWARD -p tcp -m tcp --dport 80 -m mark --mark 0 -j TCPOPTSTRIP --strip-options wscale\nCOMMIT\n";
}

INSTANTIATE_TEST_SUITE_P(Rulesets, Fragments,
                         ::testing::Values(Rules{"filter IPv4", filter()}, Rules{"filter IPv6", filter(), true},
                                           Rules{"NAT IPv4", nat("198.51.100.9")},
                                           Rules{"NAT IPv6", nat("2001:db8:1::9"), true},
                                           Rules{"changed headers IPv4", mangle() + filter()},
                                           Rules{"changed headers IPv6", mangle() + filter(), true}));

}  // namespace
}  // namespace nfproof::testing
