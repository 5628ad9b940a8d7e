// SPDX-License-Identifier: Apache-2.0
// Choice of mappings and rewriting of packets.
#include "sim/nat.h"

#include <algorithm>
#include <array>

#include "sim/checksum.h"
#include "sim/jhash.h"
#include "sim/refragment.h"
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

/// Picks an address of the range by a hash of the two ends, so that the same pair always gets the same one. Word by
/// word: once a word lies below the end of its range, those after it are free.
ir::u128 pick_address(const ir::Interval& range, const Tuple& tuple, bool persistent) {
  if (range.lo == range.hi) return range.lo;
  const std::size_t words = tuple.family == Family::kIpv4 ? 1 : 4;
  std::array<std::uint8_t, 16> source{}, destination{}, lowest{}, highest{};
  store_number(source, 0, 4 * words, tuple.source);
  store_number(destination, 0, 4 * words, tuple.destination);
  store_number(lowest, 0, 4 * words, range.lo);
  store_number(highest, 0, 4 * words, range.hi);
  const auto in_memory = [](std::uint32_t word) { return __builtin_bswap32(word); };
  std::uint32_t hash = jhash_address(source, persistent ? 0 : in_memory(load32(destination, 4 * (words - 1))));
  ir::u128 picked = 0;
  bool free = false;
  for (std::size_t at = 0; at < 4 * words; at += 4) {
    const std::uint32_t from = free ? 0 : load32(lowest, at);
    const std::uint32_t size = free ? 0xffffffffU : load32(highest, at) - from + 1;
    const auto word = static_cast<std::uint32_t>(from + (std::uint64_t{hash} * size >> 32));
    free |= word != load32(highest, at);
    if (!persistent) hash ^= in_memory(load32(destination, at));
    picked = picked << 32 | word;
  }
  return picked;
}

/// How much of the transport header has to be there for a translation.
std::size_t translated_header(std::uint8_t protocol) {
  const bool icmp = protocol == ir::kProtoIcmp || protocol == ir::kProtoIcmp6;
  return has_port_tuple(protocol) || icmp || protocol == kProtoGre ? 8 : 0;
}

/// How much of the transport header the kernel brings into one block for that.
std::size_t changed_header(const DecodedPacket& packet) {
  const bool whole_header = packet.protocol() == ir::kProtoTcp && packet.has_transport(20);
  return whole_header ? 20 : translated_header(packet.protocol());
}

/// The headers that an ICMP error quotes are those of a packet in the other direction: they are translated as it was.
/// False when too little is quoted.
[[nodiscard]] bool rewrite_quote(DecodedPacket& packet, const Tuple& target, bool source) {
  DecodedPacket quote;
  quote.fields.family = packet.family();
  const std::size_t offset = packet.transport + 8;
  if (!holds(packet.bytes, offset, packet.family() == Family::kIpv4 ? 20 : 40)) return false;
  const auto begin = packet.bytes.begin() + static_cast<std::ptrdiff_t>(offset);
  quote.bytes.assign(begin, packet.bytes.end());
  refresh(quote);
  if (!quote.has_transport(translated_header(quote.protocol()))) return false;
  set_address(quote, source, source ? target.source : target.destination);
  if (has_key(target)) set_port(quote, source, key_of(target, source ? Manip::kSource : Manip::kDestination));
  std::copy(quote.bytes.begin(), quote.bytes.end(), begin);
  fill_transport_checksum(packet.bytes, packet.family(), packet.transport, packet.protocol());
  return true;
}

/// Of an IPv6 address: 0 global, else a number for each smaller scope.
unsigned scope_of(ir::u128 address) {
  constexpr unsigned kHost = 1, kLink = 2, kSite = 5;
  if (address >> 120 == 0xff) {
    const unsigned scope = static_cast<unsigned>(address >> 112) & 0xfU;
    return scope == kHost || scope == kLink || scope == kSite ? scope : 0;
  }
  if (address == 1) return kHost;
  if (address >> 118 == 0x3fa) return kLink;
  return address >> 118 == 0x3fb ? kSite : 0;
}

bool in_range(const Tuple& tuple, const std::optional<ir::Interval>& addresses,
              const std::optional<ir::Interval>& ports) {
  if (addresses && (tuple.source < addresses->lo || tuple.source > addresses->hi)) return false;
  return !ports || (ports->lo <= tuple.source_port && tuple.source_port <= ports->hi);
}

}  // namespace

bool Nat::initialized(const Connection& connection, Manip manip) {
  return manip == Manip::kSource ? connection.source_nat_done : connection.destination_nat_done;
}

bool Nat::used(const Tuple& outgoing, const Connection& connection) const {
  const auto reply = inverted(outgoing);
  return !reply || conntrack_.taken(*reply, &connection);
}

Tuple Nat::choose(const Tuple& current, const Range& range, Manip manip, const Connection& connection) {
  if (manip == Manip::kSource && !range.random) {
    if (in_range(current, range.addresses, range.ports)) {
      if (!used(current, connection)) return current;
    } else if (const auto known = mapping_of_source(current, range); known && !used(*known, connection)) {
      return *known;
    }
  }
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
  port_chosen_ |= lo != hi && range.base_port == 0;
  const std::uint32_t size = hi - lo + 1;
  const std::uint32_t shift = range.base_port != 0 ? static_cast<std::uint16_t>(key - range.base_port) : 0;
  for (std::uint32_t i = 0; i < size; ++i) {
    set_key(tuple, manip, static_cast<std::uint16_t>(lo + (shift + i) % size));
    if (!used(tuple, connection)) return tuple;
  }
  return tuple;
}

/// The same source keeps its translation towards everybody, when it lies in the range.
std::optional<Tuple> Nat::mapping_of_source(const Tuple& current, const Range& range) const {
  const auto found = by_source_.find(source_key(current));
  if (found == by_source_.end()) return std::nullopt;
  for (auto entry = found->second.rbegin(); entry != found->second.rend(); ++entry) {
    const auto connection = entry->lock();
    auto outgoing = connection && !connection->dead ? inverted(connection->tuples[1]) : std::nullopt;
    if (!outgoing) continue;
    outgoing->destination = current.destination;
    outgoing->destination_port = current.destination_port;
    if (in_range(*outgoing, range.addresses, range.ports)) return outgoing;
  }
  return std::nullopt;
}

Tuple Nat::source_key(const Tuple& tuple) {
  Tuple key = tuple;
  key.destination = 0;
  key.destination_port = 0;
  return key;
}

void Nat::remember_source(const std::shared_ptr<Connection>& connection) {
  auto& list = by_source_[source_key(connection->tuples[0])];
  std::erase_if(list, [](const auto& entry) { return entry.expired(); });
  list.push_back(connection);
  constexpr std::size_t kSweepSize = 65536;
  if (by_source_.size() > next_sweep_) {
    std::erase_if(by_source_, [](const auto& entry) { return entry.second.back().expired(); });
    next_sweep_ = std::max(kSweepSize, 2 * by_source_.size());
  }
}

void Nat::set_up(const std::shared_ptr<Connection>& owner, const Range& range, Manip manip) {
  Connection& connection = *owner;
  const auto current = inverted(connection.tuples[1]);
  if (current) {
    const Tuple chosen = choose(*current, range, manip, connection);
    if (!(chosen == *current)) {
      if (const auto reply = inverted(chosen)) connection.tuples[1] = *reply;
      connection.status |= status_bit(manip);
    }
  }
  (manip == Manip::kSource ? connection.source_nat_done : connection.destination_nat_done) = true;
  if (manip == Manip::kSource) remember_source(owner);
}

/// What a masquerading address is chosen for: the router in IPv4, the destination in IPv6.
ir::u128 Nat::next_hop(const ir::Packet& fields) const {
  const ir::u128 destination = fields.destination();
  if (fields.family == Family::kIpv6 || host_.is_local(destination, fields.family)) return destination;
  const ir::Route* route = host_.route_to(destination, fields.family);
  return route != nullptr ? route->gateway.value_or(destination) : destination;
}

/// inet_select_addr and ipv6_dev_get_saddr: the address that fits the peer best, of another interface when there is
/// none.
std::optional<ir::u128> Nat::interface_address(const std::string& interface, Family family, ir::u128 peer) const {
  if (family == Family::kIpv6 && host_.is_local(peer, family)) return peer;
  std::optional<ir::u128> first, elsewhere;
  for (const ir::Interface& candidate : host_.interfaces) {
    for (const ir::InterfaceAddress& own : candidate.addresses) {
      if (own.family != family || candidate.loopback || scope_of(own.address) != 0) continue;
      if (candidate.name != interface) {
        if (!elsewhere) elsewhere = own.address;
        continue;
      }
      const ir::u128 mask = ir::prefix_mask(own.prefix, ir::address_bits(family));
      if ((own.address & mask) == (peer & mask)) return own.address;
      if (!first) first = own.address;
    }
  }
  return first ? first : elsewhere;
}

/// The first address of the interface; in IPv6 the first that reaches as far as the destination.
std::optional<ir::u128> Nat::redirect_address(const ir::Packet& fields) const {
  const ir::Interface* found = host_.find_interface(fields.in);
  if (found == nullptr) return std::nullopt;
  const unsigned wanted = fields.family == Family::kIpv6 ? scope_of(fields.destination()) : 0;
  for (const ir::InterfaceAddress& own : found->addresses)
    if (own.family == fields.family && (wanted == 0 || wanted == scope_of(own.address))) return own.address;
  return std::nullopt;
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
      const auto address = interface_address(fields.out, fields.family, next_hop(fields));
      if (!address) return false;
      range.addresses = ir::Interval{*address, *address};
      connection.masquerade_interface = fields.out;
      break;
    }
    case ir::Nat::Kind::kRedirect: {
      const bool v4 = fields.family == Family::kIpv4;
      std::optional<ir::u128> address = v4 ? ir::u128{0x7f000001} : ir::u128{1};
      if (hook != ir::Hook::kOutput) address = redirect_address(fields);
      if (!address) return false;
      range.addresses = ir::Interval{*address, *address};
      break;
    }
    case ir::Nat::Kind::kNetmap: {
      manip = manip_at(hook);
      if (!effect.addresses) return true;
      const ir::u128 kept = effect.addresses->lo ^ effect.addresses->hi;
      const ir::u128 old = manip == Manip::kSource ? fields.source() : fields.destination();
      const ir::u128 mapped = (old & kept) | (effect.addresses->lo & ~kept);
      range.addresses = ir::Interval{mapped, mapped};
      break;
    }
  }
  set_up(track.connection, range, manip);
  return true;
}

void Nat::follow_master(const Track& track) {
  const Expectation& expected = *track.expected;
  const Tuple& seen = expected.master->tuples[expected.master_reply ? 0 : 1];
  const ir::Interval port{expected.inner_port, expected.inner_port};
  Range range;
  range.addresses = ir::Interval{seen.destination, seen.destination};
  set_up(track.connection, range, Manip::kSource);
  range.addresses = ir::Interval{seen.source, seen.source};
  range.ports = port;
  set_up(track.connection, range, Manip::kDestination);
}

void Nat::bind_unchanged(const Track& track, Manip manip) {
  const Tuple& reply = track.connection->tuples[1];
  const ir::u128 address = manip == Manip::kSource ? reply.destination : reply.source;
  Range range;
  range.addresses = ir::Interval{address, address};
  set_up(track.connection, range, manip);
}

bool Nat::translate(DecodedPacket& packet, const Track& track, Manip manip) {
  const Connection& connection = *track.connection;
  std::uint32_t bit = status_bit(manip);
  if (track.reply) bit ^= ir::kIpsSrcNat | ir::kIpsDstNat;
  const bool error = track.error;
  if (error && !packet.cut_short &&
      !transport_checksum_ok(packet.bytes, packet.family(), packet.transport, packet.protocol()))
    return false;
  constexpr std::uint16_t kRedirect4 = 5, kRedirect6 = 137;
  const bool v4 = packet.family() == Family::kIpv4;
  if (error && packet.bytes[packet.transport] == (v4 ? kRedirect4 : kRedirect6)) {
    const bool translated = (connection.status & (ir::kIpsSrcNat | ir::kIpsDstNat)) != 0;
    if (translated || !connection.source_nat_done || !connection.destination_nat_done) return false;
  }
  if ((connection.status & bit) == 0) return true;
  const Tuple& opposite = connection.tuples[track.reply ? 0 : 1];
  const auto target = inverted(opposite);
  if (!target) return true;
  const bool source = manip == Manip::kSource;
  if (error && !rewrite_quote(packet, opposite, !source)) return false;
  if (!error && !packet.has_transport(translated_header(packet.protocol()))) return false;
  gather_block(packet, packet.transport + changed_header(packet));
  set_address(packet, source, source ? target->source : target->destination);
  if (!error && has_key(*target)) set_port(packet, source, key_of(*target, manip));
  return true;
}

}  // namespace nfproof::sim
