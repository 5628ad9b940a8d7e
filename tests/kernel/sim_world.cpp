// SPDX-License-Identifier: Apache-2.0
// The firewall, twice.
#include "tests/kernel/sim_world.h"

#include <gtest/gtest.h>

namespace nfproof::testing {
namespace {

ir::Family family_of(const std::string& address) {
  return address.find(':') == std::string::npos ? ir::Family::kIpv4 : ir::Family::kIpv6;
}

ir::InterfaceAddress parse_prefix(const std::string& text) {
  const auto slash = text.find('/');
  const ir::Family family = family_of(text);
  return {family, *ir::parse_address(text.substr(0, slash), family),
          static_cast<unsigned>(std::stoul(text.substr(slash + 1))), std::nullopt};
}

/// An Ethernet header of the kind that the destination address asks for decides the packet type.
WireBytes make_frame(const TrafficPacket& packet, const Lab& lab) {
  const bool v4 = packet.bytes[0] >> 4 == 4;
  const WireBytes to = wire_ends(packet.bytes).destination;
  const MacAddress own = lab.mac(packet.interface);
  WireBytes frame(own.begin(), own.end());
  if (v4 && to[3] == 255) frame = WireBytes(6, 0xff);
  if (v4 && to[0] >> 4 == 0xe) frame = {1, 0, 0x5e, static_cast<std::uint8_t>(to[1] & 0x7f), to[2], to[3]};
  if (!v4 && to[0] == 0xff) frame = {0x33, 0x33, to[12], to[13], to[14], to[15]};
  const MacAddress source = packet.source_mac.value_or(lab.peer_mac(packet.interface));
  frame.insert(frame.end(), source.begin(), source.end());
  frame.push_back(v4 ? 0x08 : 0x86);
  frame.push_back(v4 ? 0x00 : 0xdd);
  frame.insert(frame.end(), packet.bytes.begin(), packet.bytes.end());
  return frame;
}

}  // namespace

ir::Host world_host() {
  ir::Host host;
  ir::Interface loopback;
  loopback.name = "lo";
  loopback.loopback = true;
  loopback.addresses = {parse_prefix("127.0.0.1/8"), parse_prefix("::1/128")};
  host.interfaces.push_back(loopback);
  for (const TrafficInterface& made : traffic_interfaces()) {
    ir::Interface interface;
    interface.name = made.name;
    for (const std::string& address : made.addresses) {
      interface.addresses.push_back(parse_prefix(address));
      const ir::InterfaceAddress& own = interface.addresses.back();
      ir::Route connected;
      connected.family = own.family;
      connected.destination = own.address;
      connected.prefix = own.prefix;
      connected.interface = made.name;
      host.routes.push_back(connected);
    }
    host.interfaces.push_back(interface);
  }
  for (const TrafficRoute& made : traffic_routes()) {
    ir::Route route;
    route.family = family_of(made.via);
    route.gateway = ir::parse_address(made.via, route.family);
    route.interface = made.interface;
    host.routes.push_back(route);
  }
  return host;
}

LabOptions world_lab() {
  LabOptions options;
  for (const TrafficInterface& interface : traffic_interfaces())
    options.interfaces.push_back({interface.name, interface.addresses});
  for (const TrafficRoute& route : traffic_routes()) options.routes.push_back({route.to, route.via, route.interface});
  return options;
}

Packet lab_packet(const TrafficPacket& packet, const Lab& lab) {
  return packet.local ? Packet::local(packet.bytes) : Packet::frame(packet.interface, make_frame(packet, lab));
}

sim::Result inject(sim::Simulator& simulator, const TrafficPacket& packet, const Lab& lab, sim::Nanoseconds time) {
  if (packet.local)
    return simulator.inject({.data = packet.bytes}, {.in = {}, .time = time, .direction = sim::Direction::kOutgoing});
  const WireBytes frame = make_frame(packet, lab);
  return simulator.inject({.data = frame, .link = sim::LinkType::kEthernet},
                          {.in = packet.interface, .time = time, .direction = sim::Direction::kIncoming});
}

ir::RuleRef find_rule(const ir::Ruleset& ruleset, ir::Family family, const RuleCounter& counter) {
  const auto table = ruleset.find_table(family, counter.table);
  const auto chain = table ? ruleset.find_chain(*table, counter.chain) : std::nullopt;
  EXPECT_TRUE(chain) << counter.table << " " << counter.chain;
  if (!chain) return {};
  const auto size = static_cast<std::uint32_t>(ruleset.chain(*chain).rules.size());
  return {*chain, counter.rule == 0 ? size : static_cast<std::uint32_t>(counter.rule - 1)};
}

std::string compile_text(const std::string& text, bool v6, compiler::Compilation& compilation) {
  compiler::add_text(compilation, "random", text, {.family = v6 ? ir::Family::kIpv6 : ir::Family::kIpv4});
  compiler::finish(compilation);
  std::string problem;
  if (!compilation.diagnostics.has_errors()) return problem;
  for (const auto& diagnostic : compilation.diagnostics.all())
    problem += "not compiled: line " + std::to_string(diagnostic.span.line) + ": " + diagnostic.message + "\n";
  return problem;
}

std::string hex(const std::vector<std::uint8_t>& bytes) {
  static constexpr const char* kDigits = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t byte : bytes) text += {kDigits[byte >> 4], kDigits[byte & 15]};
  return text;
}

}  // namespace nfproof::testing
