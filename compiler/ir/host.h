// SPDX-License-Identifier: Apache-2.0
// The host a ruleset runs on: interfaces, addresses, routes. Says which addresses are local, what type an address has
// and which interface a packet leaves by. Multiple routing tables and policy rules are not modelled.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/ir/address.h"
#include "compiler/ir/field.h"

namespace nfproof::ir {

/// An address of an interface with its network, as `ip addr` shows it.
struct InterfaceAddress {
  Family family{};
  u128 address = 0;
  unsigned prefix = 0;
  std::optional<u128> broadcast;
};

/// A network interface of the host.
struct Interface {
  std::string name;
  bool loopback = false;
  std::optional<u128> mac;
  std::vector<InterfaceAddress> addresses;
  std::uint32_t group = 0;  ///< `ip link set dev NAME group N`
  bool has_master = false;  ///< the port of a bridge, or part of something else
  std::uint32_t mtu = 0;    ///< 0: not known
};

/// A row of the main routing table; without a gateway the network is on the link.
struct Route {
  Family family{};
  u128 destination = 0;
  unsigned prefix = 0;
  std::string interface;
  std::optional<u128> gateway;
  std::uint32_t metric = 0;
  std::uint32_t mtu = 0;  ///< 0: that of the interface
};

/// Read by `read_addr_json` and `read_route_json`, or made up by `assume_host`.
struct Host {
  std::vector<Interface> interfaces;
  std::vector<Route> routes;
  bool assumed = false;  ///< made up from what the ruleset suggests

  /// May packets cross a bridge here?
  [[nodiscard]] bool may_bridge() const;
  [[nodiscard]] const Interface* find_interface(std::string_view name) const;
  [[nodiscard]] bool is_local(u128 address, Family family) const;
  /// The connected prefix or route that matches longest; null when there is none.
  [[nodiscard]] const Route* route_to(u128 destination, Family family) const;
  /// The largest packet that goes there whole; `usual` is that of interfaces of which it is not known. Nothing: there
  /// is no way.
  [[nodiscard]] std::optional<std::uint32_t> mtu_to(u128 destination, Family family, std::uint32_t usual) const;
  /// The bits of `FieldId::kSaddrType` / `kDaddrType`. With an interface only its own addresses count.
  [[nodiscard]] std::uint32_t address_type(u128 address, Family family, std::string_view only_interface = {}) const;
};

}  // namespace nfproof::ir
