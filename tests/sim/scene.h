// SPDX-License-Identifier: Apache-2.0
// A small firewall for tests of the simulator: eth0 outside, eth1 inside (`traffic_interfaces`), a ruleset from text,
// packets from `wire.h`.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "compiler/frontend/compile.h"
#include "sim/replay.h"
#include "tests/support/random_packet.h"
#include "tests/support/wire.h"

namespace nfproof::testing {

[[nodiscard]] inline ir::Family scene_family(const std::string& address) {
  return address.find(':') == std::string::npos ? ir::Family::kIpv4 : ir::Family::kIpv6;
}

[[nodiscard]] inline ir::InterfaceAddress scene_address(const std::string& text) {
  const auto slash = text.find('/');
  const ir::Family family = scene_family(text);
  return {family, *ir::parse_address(text.substr(0, slash), family),
          static_cast<unsigned>(std::stoul(text.substr(slash + 1))), std::nullopt};
}

/// The firewall of `traffic_interfaces` and `traffic_routes` as the simulator knows it.
[[nodiscard]] inline ir::Host scene_host() {
  ir::Host host;
  ir::Interface loopback;
  loopback.name = "lo";
  loopback.loopback = true;
  loopback.addresses = {scene_address("127.0.0.1/8"), scene_address("::1/128")};
  host.interfaces.push_back(loopback);
  for (const TrafficInterface& made : traffic_interfaces()) {
    ir::Interface interface;
    interface.name = made.name;
    for (const std::string& text : made.addresses) {
      const ir::InterfaceAddress own = scene_address(text);
      interface.addresses.push_back(own);
      host.routes.push_back({own.family, own.address, own.prefix, made.name, std::nullopt, 0});
    }
    host.interfaces.push_back(interface);
  }
  for (const TrafficRoute& made : traffic_routes()) {
    const ir::Family family = scene_family(made.via);
    host.routes.push_back({family, 0, 0, made.interface, ir::parse_address(made.via, family), 0});
  }
  return host;
}

class Scene {
 public:
  explicit Scene(const std::string& ruleset, ir::Family family = ir::Family::kIpv4, sim::SimOptions options = {}) {
    compiler::add_text(compilation_, "rules", ruleset, {.family = family});
    compiler::finish(compilation_);
    EXPECT_FALSE(compilation_.diagnostics.has_errors()) << compilation_.diagnostics.all().front().message;
    simulator_ = std::make_unique<sim::Simulator>(compilation_.ruleset, host_, std::move(options));
  }

  /// A packet with a right transport checksum, from eth0 unless its source is inside (eth1) or own (sent).
  sim::Result send(IpHeader ip, WireBytes payload, sim::Nanoseconds time = 0) {
    wire_checksum(ip, payload);
    return send_bytes(wire_packet(ip, payload), time);
  }
  sim::Result send_bytes(const WireBytes& bytes, sim::Nanoseconds time = 0) {
    const std::string source = wire_address_text(wire_ends(bytes).source);
    const bool inside = source.starts_with("198.51.100.") || source.starts_with("2001:db8:1:");
    return simulator_->inject({.data = bytes}, {.in = inside ? "eth1" : "eth0", .time = time});
  }

  [[nodiscard]] const ir::Ruleset& ruleset() const { return compilation_.ruleset; }
  [[nodiscard]] const ir::Host& host() const { return host_; }
  [[nodiscard]] sim::Simulator& simulator() { return *simulator_; }

  [[nodiscard]] ir::ChainId chain(const std::string& table, const std::string& name) const {
    for (std::size_t i = 0; i < ruleset().chains.size(); ++i)
      if (ruleset().chains[i].name == name && ruleset().table(ruleset().chains[i].table).name == table)
        return ir::ChainId{static_cast<std::uint32_t>(i)};
    ADD_FAILURE() << "no chain " << table << " " << name;
    return {};
  }
  /// Packets counted by a rule of the filter table, from 1; 0 is the policy.
  [[nodiscard]] std::uint64_t hits(const std::string& name, std::uint32_t rule, const std::string& table = "filter") {
    const ir::ChainId id = chain(table, name);
    const auto size = static_cast<std::uint32_t>(ruleset().chain(id).rules.size());
    return simulator_->counters({id, rule == 0 ? size : rule - 1}).packets;
  }

 private:
  compiler::Compilation compilation_;
  ir::Host host_ = scene_host();
  std::unique_ptr<sim::Simulator> simulator_;
};

[[nodiscard]] inline IpHeader from_to(const std::string& source, const std::string& destination,
                                      std::uint8_t protocol) {
  IpHeader ip;
  ip.source = wire_address(source);
  ip.destination = wire_address(destination);
  ip.protocol = protocol;
  return ip;
}

inline constexpr std::uint8_t kFinFlag = 1, kSynFlag = 2, kRstFlag = 4, kAckFlag = 16;

[[nodiscard]] inline WireBytes segment(std::uint16_t source, std::uint16_t destination, std::uint8_t flags,
                                       std::uint32_t sequence = 1000, std::uint32_t acknowledgement = 0) {
  TcpFields tcp;
  tcp.source = source;
  tcp.destination = destination;
  tcp.flags = flags;
  tcp.sequence = sequence;
  tcp.acknowledgement = acknowledgement;
  return wire_tcp(tcp);
}

/// A ruleset with one table.
[[nodiscard]] inline std::string filter(const std::string& rules) {
  return "*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n" + rules + "COMMIT\n";
}

}  // namespace nfproof::testing
