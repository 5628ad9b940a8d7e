// SPDX-License-Identifier: Apache-2.0
// Choice of mappings and rewriting of packets.
#include "sim/nat.h"

#include <array>

#include "sim/jhash.h"
#include "sim/rewrite.h"

namespace nfproof::sim {
namespace {

using ir::Family;

std::uint32_t status_bit(Manip manip) { return manip == Manip::kSource ? ir::kIpsSrcNat : ir::kIpsDstNat; }

bool is_icmp(const Tuple& tuple) {
  return tuple.protocol == (tuple.family == Family::kIpv4 ? ir::kProtoIcmp : ir::kProtoIcmp6);
}

/// Protocols whose port or identifier can be translated.
bool has_key(const Tuple& tuple) { return has_port_tuple(tuple.protocol) || is_icmp(tuple); }

std::uint16_t key_of(const Tuple& tuple, Manip manip) {
  return manip == Manip::kSource || is_icmp(tuple) ? tuple.source_port : tuple.destination_port;
}

void set_key(Tuple& tuple, Manip manip, std::uint16_t key) {
  (manip == Manip::kSource || is_icmp(tuple) ? tuple.source_port : tuple.destination_port) = key;
}

/// Picks an address of the range by a hash of the two ends, so that the same pair always gets the same one.
ir::u128 pick_address(const ir::Interval& range, const Tuple& tuple, bool persistent) {
  if (range.lo == range.hi) return range.lo;
  const bool v4 = tuple.family == Family::kIpv4;
  std::array<std::uint8_t, 16> bytes{};
  store_number(bytes, 0, v4 ? 4 : 16, tuple.source);
  const auto low_word = static_cast<std::uint32_t>(tuple.destination);
  const std::uint32_t hash = jhash_words(bytes, v4 ? 1 : 4, persistent ? 0 : __builtin_bswap32(low_word));
  if (v4) {
    const auto size = static_cast<std::uint64_t>(range.hi - range.lo) + 1;
    return range.lo + (static_cast<std::uint64_t>(hash) * size >> 32);
  }
  // Word by word; once a word lies inside its range, those after it are free.
  ir::u128 picked = 0;
  bool full_range = false;
  for (unsigned word = 0; word < 4; ++word) {
    const unsigned shift = 96 - 32 * word;
    const auto lo = full_range ? 0U : static_cast<std::uint32_t>(range.lo >> shift);
    const auto hi = full_range ? 0xffffffffU : static_cast<std::uint32_t>(range.hi >> shift);
    const std::uint64_t size = static_cast<std::uint64_t>(hi) - lo + 1;
    const auto value = static_cast<std::uint32_t>(lo + (static_cast<std::uint64_t>(hash) * size >> 32));
    if (value != static_cast<std::uint32_t>(range.hi >> shift)) full_range = true;
    picked = picked << 32 | value;
  }
  return picked;
}

}  // namespace

bool Nat::initialized(const Connection& connection, Manip manip) {
  return manip == Manip::kSource ? connection.source_nat_done : connection.destination_nat_done;
}

bool Nat::used(const Tuple& outgoing, const Connection& connection) const {
  const auto reply = inverted(outgoing);
  return !reply || conntrack_.taken(*reply, &connection);
}

Tuple Nat::choose(const Tuple& current, const Range& range, Manip manip, const Connection& connection) const {
  Tuple tuple = current;
  if (range.addresses)
    (manip == Manip::kSource ? tuple.source : tuple.destination) =
        pick_address(*range.addresses, current, range.persistent);
  if (!has_key(tuple)) return tuple;
  const std::uint16_t key = key_of(tuple, manip);
  if (range.ports) {
    const bool inside = range.base_port == 0 && range.ports->lo <= key && key <= range.ports->hi;
    if (inside && (range.ports->lo == range.ports->hi || !used(tuple, connection))) return tuple;
  } else if (!used(tuple, connection) || manip == Manip::kDestination) {
    return tuple;
  }
  std::uint32_t lo = key < 512 ? 1 : key < 1024 ? 600 : 1024, hi = key < 512 ? 511 : key < 1024 ? 1023 : 65535;
  if (is_icmp(tuple)) lo = 0, hi = 65535;
  if (range.ports) lo = static_cast<std::uint32_t>(range.ports->lo), hi = static_cast<std::uint32_t>(range.ports->hi);
  const std::uint32_t size = hi - lo + 1;
  const std::uint32_t shift = range.base_port != 0 ? static_cast<std::uint16_t>(key - range.base_port) : 0;
  for (std::uint32_t i = 0; i < size; ++i) {
    set_key(tuple, manip, static_cast<std::uint16_t>(lo + (shift + i) % size));
    if (!used(tuple, connection)) return tuple;
  }
  return tuple;
}

void Nat::set_up(Connection& connection, const Range& range, Manip manip) {
  const auto current = inverted(connection.tuples[1]);
  if (current) {
    const Tuple chosen = choose(*current, range, manip, connection);
    if (!(chosen == *current)) {
      if (const auto reply = inverted(chosen)) connection.tuples[1] = *reply;
      connection.status |= status_bit(manip);
    }
  }
  (manip == Manip::kSource ? connection.source_nat_done : connection.destination_nat_done) = true;
}

std::optional<ir::u128> Nat::interface_address(const std::string& interface, Family family, ir::u128 peer) const {
  const ir::Interface* found = host_.find_interface(interface);
  if (found == nullptr) return std::nullopt;
  std::optional<ir::u128> first;
  for (const ir::InterfaceAddress& own : found->addresses) {
    if (own.family != family) continue;
    const bool link_local = family == Family::kIpv6 && own.address >> 118 == 0x3fa;
    if (link_local) continue;
    const ir::u128 mask = ir::prefix_mask(own.prefix, ir::address_bits(family));
    if ((own.address & mask) == (peer & mask)) return own.address;
    if (!first) first = own.address;
  }
  return first;
}

bool Nat::apply(const ir::Nat& effect, const Track& track, const ir::Packet& fields, ir::Hook hook) {
  if (!track.connection) return true;
  Connection& connection = *track.connection;
  Range range{.addresses = effect.addresses,
              .ports = effect.ports,
              .base_port = effect.base_port,
              .random = effect.random || effect.random_fully,
              .persistent = effect.persistent};
  Manip manip = Manip::kDestination;
  switch (effect.kind) {
    case ir::Nat::Kind::kSnat: manip = Manip::kSource; break;
    case ir::Nat::Kind::kDnat: break;
    case ir::Nat::Kind::kMasquerade: {
      manip = Manip::kSource;
      if (fields.family == Family::kIpv4 && connection.tuples[0].source == 0) return true;
      const ir::Route* route = host_.route_to(fields.destination(), fields.family);
      const ir::u128 next_hop = route != nullptr ? route->gateway.value_or(fields.destination()) : fields.destination();
      const auto address = interface_address(fields.out, fields.family, next_hop);
      if (!address) return false;
      range.addresses = ir::Interval{*address, *address};
      connection.masquerade_interface = fields.out;
      break;
    }
    case ir::Nat::Kind::kRedirect: {
      const bool v4 = fields.family == Family::kIpv4;
      std::optional<ir::u128> address = v4 ? ir::u128{0x7f000001} : ir::u128{1};
      if (hook != ir::Hook::kOutput) address = interface_address(fields.in, fields.family, fields.source());
      if (!address) return false;
      range.addresses = ir::Interval{*address, *address};
      break;
    }
  }
  set_up(connection, range, manip);
  return true;
}

void Nat::bind_unchanged(const Track& track, Manip manip) {
  Connection& connection = *track.connection;
  const Tuple& reply = connection.tuples[1];
  const ir::u128 address = manip == Manip::kSource ? reply.destination : reply.source;
  Range range;
  range.addresses = ir::Interval{address, address};
  set_up(connection, range, manip);
}

bool Nat::translate(DecodedPacket& packet, const Track& track, Manip manip) {
  const Connection& connection = *track.connection;
  std::uint32_t bit = status_bit(manip);
  if (track.reply) bit ^= ir::kIpsSrcNat | ir::kIpsDstNat;
  const bool error = track.state == ir::CtState::kRelated;  // only ICMP errors are
  if (error && !(connection.source_nat_done && connection.destination_nat_done)) return false;
  if ((connection.status & bit) == 0) return true;
  const auto target = inverted(connection.tuples[track.reply ? 0 : 1]);
  if (!target) return true;
  const bool source = manip == Manip::kSource;
  set_address(packet, source, source ? target->source : target->destination);
  if (!error && has_key(*target)) set_port(packet, source, key_of(*target, manip));
  return true;
}

}  // namespace nfproof::sim
