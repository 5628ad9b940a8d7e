// SPDX-License-Identifier: Apache-2.0
// Address types and routes of a host (net/ipv4/fib_frontend.c: inet_dev_addr_type; net/netfilter/xt_addrtype.c).
#include "compiler/ir/host.h"

#include <algorithm>

namespace nfproof::ir {
namespace {

bool in_prefix(u128 address, u128 network, unsigned prefix, Family family) {
  const u128 mask = prefix_mask(prefix, address_bits(family));
  return (address & mask) == (network & mask);
}

/// The kernel adds the last address of a prefix as broadcast by itself, besides the one that is configured.
bool is_broadcast_of(const InterfaceAddress& own, u128 address) {
  if (own.broadcast == address) return true;
  const u128 host_bits = max_of_bits(32) & ~prefix_mask(own.prefix, 32);
  return own.prefix < 31 && address == (own.address | host_bits);
}

std::uint32_t ipv4_type(const Host& host, u128 address, std::string_view only_interface) {
  // Of 0.0.0.0/8 all but the first are addresses like others (include/linux/in.h, ipv4_is_zeronet, since Linux 5.3).
  if (address == 0 || address == max_of_bits(32)) return addr_type_bit(AddrType::kBroadcast);
  if (address >> 28 == 0xE) return addr_type_bit(AddrType::kMulticast);
  bool broadcast = false;
  for (const Interface& interface : host.interfaces) {
    if (!only_interface.empty() && interface.name != only_interface) continue;
    for (const InterfaceAddress& own : interface.addresses) {
      if (own.family != Family::kIpv4) continue;
      const bool whole_loopback = interface.loopback && in_prefix(address, own.address, own.prefix, Family::kIpv4);
      if (own.address == address || whole_loopback) return addr_type_bit(AddrType::kLocal);
      broadcast |= is_broadcast_of(own, address);
    }
  }
  return addr_type_bit(broadcast ? AddrType::kBroadcast : AddrType::kUnicast);
}

std::uint32_t ipv6_type(const Host& host, u128 address, std::string_view only_interface) {
  std::uint32_t bits = 0;
  if (address == 0) return addr_type_bit(AddrType::kUnspec);
  if (address >> 120 == 0xff)
    bits |= addr_type_bit(AddrType::kMulticast);
  else
    bits |= addr_type_bit(AddrType::kUnicast);
  for (const Interface& interface : host.interfaces) {
    if (!only_interface.empty() && interface.name != only_interface) continue;
    for (const InterfaceAddress& own : interface.addresses) {
      if (own.family != Family::kIpv6) continue;
      if (own.address == address) bits |= addr_type_bit(AddrType::kLocal);
      const bool subnet_anycast = own.prefix < 127 && address == (own.address & prefix_mask(own.prefix, 128));
      if (subnet_anycast) bits |= addr_type_bit(AddrType::kAnycast);
    }
  }
  return bits;
}

}  // namespace

bool Host::may_bridge() const {
  return std::any_of(interfaces.begin(), interfaces.end(), [](const Interface& each) { return each.has_master; });
}

const Interface* Host::find_interface(std::string_view name) const {
  for (const Interface& interface : interfaces)
    if (interface.name == name) return &interface;
  return nullptr;
}

/// As `address_type` says, without the rest of what it finds out.
bool Host::is_local(u128 address, Family family) const {
  const bool v4 = family == Family::kIpv4;
  if (v4 && (address == 0 || address >> 28 == 0xE || address == max_of_bits(32))) return false;
  if (!v4 && address == 0) return false;
  for (const Interface& interface : interfaces)
    for (const InterfaceAddress& own : interface.addresses) {
      if (own.family != family) continue;
      if (own.address == address) return true;
      if (v4 && interface.loopback && in_prefix(address, own.address, own.prefix, family)) return true;
    }
  return false;
}

const Route* Host::route_to(u128 destination, Family family) const {
  const Route* best = nullptr;
  for (const Route& route : routes) {
    if (route.family != family || !in_prefix(destination, route.destination, route.prefix, family)) continue;
    const bool better =
        best == nullptr || route.prefix > best->prefix || (route.prefix == best->prefix && route.metric < best->metric);
    if (better) best = &route;
  }
  return best;
}

std::optional<std::uint32_t> Host::mtu_to(u128 destination, Family family, std::uint32_t usual) const {
  constexpr std::uint32_t kLoopback = 65536, kLargest4 = 65535;
  std::uint32_t mtu = kLoopback;
  const bool local = is_local(destination, family);
  const Route* route = local ? nullptr : route_to(destination, family);
  if (!local && route == nullptr) return std::nullopt;
  if (local) {
    for (const Interface& interface : interfaces)
      if (interface.loopback && interface.mtu != 0) mtu = interface.mtu;
  } else {
    const Interface* out = find_interface(route->interface);
    mtu = route->mtu != 0 ? route->mtu : out != nullptr && out->mtu != 0 ? out->mtu : usual;
  }
  return family == Family::kIpv4 ? std::min(mtu, kLargest4) : mtu;
}

std::uint32_t Host::address_type(u128 address, Family family, std::string_view only_interface) const {
  return family == Family::kIpv4 ? ipv4_type(*this, address, only_interface)
                                 : ipv6_type(*this, address, only_interface);
}

}  // namespace nfproof::ir
