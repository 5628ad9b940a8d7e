// SPDX-License-Identifier: Apache-2.0
// Routing decisions and the checks of addresses that come with them.
#include "sim/routing.h"

#include <algorithm>
#include <utility>

#include "compiler/ir/reverse_path.h"
#include "sim/refragment.h"

namespace nfproof::sim {
namespace {

using ir::AddrType;
using ir::Family;
using ir::u128;

bool is_loopback4(u128 address) { return address >> 24 == 127; }
bool is_multicast4(u128 address) { return address >> 28 == 0xe; }
bool is_multicast6(u128 address) { return address >> 120 == 0xff; }
bool is_link_local6(u128 address) { return address >> 118 == 0x3fa; }
constexpr u128 kEverybody4 = 0xffffffff;
constexpr u128 kAllHosts4 = 0xe0000001;

bool arrived_on_loopback(const DecodedPacket& packet, const ir::Host& host) {
  const ir::Interface* in = host.find_interface(packet.fields.in);
  return in != nullptr && in->loopback;
}

bool has_type(const ir::Host& host, u128 address, Family family, AddrType type) {
  return (host.address_type(address, family) & ir::addr_type_bit(type)) != 0;
}

/// All-nodes of the link, and the solicited-node groups of own addresses.
bool joined6(u128 address, const ir::Host& host, bool forwarding) {
  const u128 link_scope = u128{0xff02} << 112;
  if (address == (link_scope | 1) || address == ((u128{0xff01} << 112) | 1)) return true;
  if (forwarding && address == (link_scope | 2)) return true;
  const u128 solicited = link_scope | u128{1} << 32 | 0xff000000U;
  for (const ir::Interface& interface : host.interfaces)
    for (const ir::InterfaceAddress& own : interface.addresses)
      if (own.family == Family::kIpv6 && address == (solicited | (own.address & 0xffffff))) return true;
  return false;
}

bool has_route6(const ir::Host& host, const std::string& interface, u128 address) {
  return std::any_of(host.routes.begin(), host.routes.end(), [&](const ir::Route& route) {
    return route.family == Family::kIpv6 && route.interface == interface &&
           (address & ir::prefix_mask(route.prefix, 128)) == route.destination;
  });
}

Decision discard(std::string reason) { return {Decision::Kind::kDiscard, {}, std::move(reason)}; }
Decision deliver() { return {Decision::Kind::kDeliver, {}, {}}; }

Decision forward_by_route(const DecodedPacket& packet, const ir::Host& host, bool forwarding) {
  if (!forwarding) return discard("the host does not forward");
  const ir::Route* route = host.route_to(packet.fields.destination(), packet.family());
  if (route == nullptr) return discard("there is no route to the destination");
  return {Decision::Kind::kForward, route->interface, {}};
}

/// Is it an address that an interface was given?
bool has_address(const ir::Host& host, u128 address) {
  return std::any_of(host.interfaces.begin(), host.interfaces.end(), [address](const ir::Interface& interface) {
    return std::any_of(interface.addresses.begin(), interface.addresses.end(),
                       [address](const auto& own) { return own.family == Family::kIpv4 && own.address == address; });
  });
}

Decision route_ipv4(const DecodedPacket& packet, const ir::Host& host, bool forwarding) {
  const u128 source = packet.fields.source();
  const u128 destination = packet.fields.destination();
  const bool loopback = arrived_on_loopback(packet, host);
  if (is_multicast4(destination)) {
    if (is_multicast4(source) || source == kEverybody4 || (is_loopback4(source) && !loopback))
      return discard("the source address is impossible");
    if (!loopback && has_address(host, source)) return discard("an own address came from outside");
    return destination == kAllHosts4 ? deliver() : discard("nobody here listens to the multicast group");
  }
  if (is_multicast4(source) || source == kEverybody4) return discard("the source address is impossible");
  if (destination == kEverybody4 && !loopback && has_address(host, source))
    return discard("an own address came from outside");
  if (destination == kEverybody4 || (source == 0 && destination == 0)) return deliver();
  if (source == 0) return discard("the source address is impossible");
  if (destination == 0) return discard("the destination address is impossible");
  if (!loopback && (is_loopback4(destination) || is_loopback4(source)))
    return discard("a loopback address came from outside");
  if (!loopback && host.is_local(source, Family::kIpv4)) return discard("an own address came from outside");
  const std::uint32_t type = host.address_type(destination, Family::kIpv4);
  if ((type & ir::addr_type_bit(AddrType::kLocal)) != 0) return deliver();
  if ((type & ir::addr_type_bit(AddrType::kBroadcast)) != 0) return deliver();
  Decision decision = forward_by_route(packet, host, forwarding);
  // The way back to the source is looked up only for packets that turn round, which may call for a redirect.
  const bool turns_round = decision.kind == Decision::Kind::kForward && decision.out == packet.fields.in;
  if (turns_round && has_type(host, source, Family::kIpv4, AddrType::kBroadcast))
    return discard("the source is a broadcast address");
  return decision;
}

/// Is the address one of this interface?
bool on_interface(const ir::Host& host, const std::string& name, u128 address) {
  const ir::Interface* found = host.find_interface(name);
  return found != nullptr && std::any_of(found->addresses.begin(), found->addresses.end(),
                                         [&](const auto& own) { return own.address == address; });
}

bool has_link_local6(const ir::Interface& interface) {
  return std::any_of(interface.addresses.begin(), interface.addresses.end(),
                     [](const auto& own) { return own.family == Family::kIpv6 && is_link_local6(own.address); });
}

Decision route_ipv6(const DecodedPacket& packet, const ir::Host& host, bool forwarding) {
  const u128 source = packet.fields.source();
  const u128 destination = packet.fields.destination();
  if (is_multicast6(destination))
    return joined6(destination, host, forwarding) ? deliver() : discard("nobody here listens to the multicast group");
  // Addresses that mean something on one link only are looked up on the link the packet came from.
  const bool one_link = is_link_local6(destination) || destination == 1;
  const bool local = one_link ? on_interface(host, packet.fields.in, destination)
                              : host.is_local(destination, Family::kIpv6) ||
                                    has_type(host, destination, Family::kIpv6, AddrType::kAnycast);
  if (local) return deliver();
  if (source == 0 || source == 1 || is_multicast6(source)) return discard("the source address cannot be forwarded");
  if (is_link_local6(source)) return discard("a link-local address is not forwarded");
  Decision decision = forward_by_route(packet, host, forwarding);
  if (one_link && decision.out != packet.fields.in) return discard("there is no route to the destination");
  return decision;
}

}  // namespace

std::string refuse_at_entry(const DecodedPacket& packet, const ir::Host& host) {
  if (packet.family() == Family::kIpv4 || arrived_on_loopback(packet, host)) return {};
  const u128 source = packet.fields.source();
  const u128 destination = packet.fields.destination();
  if (source == 1 || destination == 1) return "a loopback address came from outside";
  if (is_multicast6(source)) return "the source is a multicast address";
  if (is_multicast6(destination)) {
    const auto scope = static_cast<unsigned>(destination >> 112) & 0xfU;
    if (scope <= 1) return "the multicast scope does not leave a host";
  }
  return {};
}

Decision route_arrived(const DecodedPacket& packet, const ir::Host& host, bool forwarding) {
  return packet.family() == Family::kIpv4 ? route_ipv4(packet, host, forwarding) : route_ipv6(packet, host, forwarding);
}

MtuBounds mtu_bounds(const ir::Host& host, unsigned usual) {
  MtuBounds bounds{.usual = usual, .smallest = usual};
  const auto consider = [&](unsigned mtu) {
    if (mtu != 0) bounds.smallest = std::min(bounds.smallest, mtu);
  };
  for (const ir::Interface& interface : host.interfaces) consider(interface.mtu);
  for (const ir::Route& route : host.routes) consider(route.mtu);
  return bounds;
}

unsigned mtu_of_path(const DecodedPacket& packet, const ir::Host& host, unsigned usual_mtu) {
  constexpr unsigned kSmallest6 = 1280;
  const unsigned mtu = host.mtu_to(packet.fields.destination(), packet.family(), usual_mtu).value_or(usual_mtu);
  return packet.family() == Family::kIpv4 ? mtu : std::max(mtu, kSmallest6);
}

unsigned mtu_of_link(const DecodedPacket& packet, const ir::Host& host, unsigned usual_mtu) {
  const ir::Interface* out = host.find_interface(packet.fields.out);
  return out != nullptr && out->mtu != 0 ? out->mtu : usual_mtu;
}

namespace {

/// A packet that is larger than the link it came by can carry was put together by the network card, or by the kernel
/// for speed, and is taken apart again when it leaves.
bool is_aggregate(const DecodedPacket& packet, const ir::Host& host, unsigned usual_mtu) {
  const ir::Interface* in = host.find_interface(packet.fields.in);
  return packet.blocks.empty() && packet.length > (in != nullptr && in->mtu != 0 ? in->mtu : usual_mtu);
}

}  // namespace

std::string refuse_to_forward(const DecodedPacket& packet, const ir::Host& host, const MtuBounds& bounds) {
  if (packet.fields.get_or(ir::FieldId::kPktType, ir::kPacketHost) != ir::kPacketHost)
    return "a broadcast or multicast frame is not forwarded";
  const bool v4 = packet.family() == Family::kIpv4;
  const auto ttl = packet.fields.get_or(v4 ? ir::FieldId::kIpTtl : ir::FieldId::kIp6HopLimit, 0);
  if (ttl <= 1) return v4 ? "the time to live is over" : "the hop limit is over";
  if (packet.length <= bounds.smallest) return {};
  const unsigned mtu = v4 ? mtu_of_path(packet, host, bounds.usual) : mtu_of_link(packet, host, bounds.usual);
  if (packet.length <= mtu || is_aggregate(packet, host, bounds.usual)) return {};
  const bool may_fragment = v4 && (load16(packet.bytes, 6) & 0x4000U) == 0;
  const bool too_large = packet.blocks.empty() ? !may_fragment : fragments_too_large(packet, mtu);
  return too_large ? "the packet is too big for the link" : std::string();
}

bool too_big_to_leave(const DecodedPacket& packet, const ir::Host& host, const MtuBounds& bounds) {
  return packet.family() == Family::kIpv6 && packet.length > bounds.smallest && packet.blocks.empty() &&
         packet.length > mtu_of_path(packet, host, bounds.usual) && !is_aggregate(packet, host, bounds.usual);
}

namespace {

struct WayBack {
  const DecodedPacket& packet;
  const ir::Host& host;
  bool loose = false, own_is_fine = false, fib = false;

  [[nodiscard]] bool by(const std::string& interface) const { return loose || interface == packet.fields.in; }
  [[nodiscard]] bool by_route(u128 source, Family family) const {
    const ir::Route* route = host.route_to(source, family);
    return route != nullptr && by(route->interface);
  }

  [[nodiscard]] bool ipv4() const {
    const u128 source = packet.fields.source(), destination = packet.fields.destination();
    if (source == 0 && (destination == kEverybody4 || destination >> 8 == 0xe00000)) return true;
    if (source == 0 || source == kEverybody4) return by_route(source, Family::kIpv4);
    if (host.is_local(source, Family::kIpv4))
      return own_is_fine && (loose || on_interface(host, packet.fields.in, source));
    if (has_type(host, source, Family::kIpv4, AddrType::kBroadcast))
      return fib && (loose || (host.address_type(source, Family::kIpv4, packet.fields.in) &
                               ir::addr_type_bit(AddrType::kBroadcast)) != 0);
    return by_route(source, Family::kIpv4);
  }

  /// Someone who has no address yet looks for neighbours, or for those who have it.
  [[nodiscard]] bool discovers() const {
    const u128 destination = packet.fields.destination();
    return packet.fields.get_or(ir::FieldId::kL4Proto, 0) == ir::kProtoIcmp6 &&
           (is_multicast6(destination) || is_link_local6(destination));
  }

  /// `rpfilter` asks for a way by the interface, `fib` for the best way.
  [[nodiscard]] bool by_route6(u128 source) const {
    const ir::Route* best = host.route_to(source, Family::kIpv6);
    if (fib || loose || best == nullptr) return best != nullptr && by(best->interface);
    return std::any_of(host.routes.begin(), host.routes.end(), [&](const ir::Route& route) {
      return route.family == Family::kIpv6 && route.prefix == best->prefix && by(route.interface) &&
             (source & ir::prefix_mask(route.prefix, 128)) == (route.destination & ir::prefix_mask(route.prefix, 128));
    });
  }

  [[nodiscard]] bool ipv6() const {
    const u128 source = packet.fields.source();
    if (source == 0 && (!fib || discovers())) return true;
    if (is_link_local6(source)) {  // an address of the link the packet came from
      if (on_interface(host, packet.fields.in, source)) return own_is_fine;
      const ir::Interface* in = host.find_interface(packet.fields.in);
      return in == nullptr || has_link_local6(*in) || has_route6(host, in->name, source);
    }
    if (host.is_local(source, Family::kIpv6)) return own_is_fine;
    if (has_type(host, source, Family::kIpv6, AddrType::kAnycast)) return false;
    return by_route6(source);
  }
};

}  // namespace

bool passes_reverse_path(const DecodedPacket& packet, const ir::Host& host, std::uint16_t flags) {
  const WayBack way{packet, host, ir::has_flag(flags, ir::ReversePath::kLoose),
                    ir::has_flag(flags, ir::ReversePath::kAcceptLocal), ir::has_flag(flags, ir::ReversePath::kFib)};
  const bool looks_up = packet.fields.hook == ir::Hook::kForward || !arrived_on_loopback(packet, host);
  return !looks_up || (packet.family() == Family::kIpv4 ? way.ipv4() : way.ipv6());
}

std::string output_interface(const DecodedPacket& packet, const ir::Host& host) {
  const u128 destination = packet.fields.destination();
  if (host.is_local(destination, packet.family())) {
    for (const ir::Interface& interface : host.interfaces)
      if (interface.loopback) return interface.name;
    return "lo";
  }
  const ir::Route* route = host.route_to(destination, packet.family());
  return route == nullptr ? std::string() : route->interface;
}

}  // namespace nfproof::sim
