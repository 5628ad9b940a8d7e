// SPDX-License-Identifier: Apache-2.0
// Tuples of packets (net/netfilter/nf_conntrack_core.c: nf_ct_get_tuple and the protocols' own parts).
#include "sim/tuple.h"

#include <array>

#include "compiler/ir/field.h"
#include "sim/decode.h"

namespace nfproof::sim {
namespace {

using ir::Family;

/// ICMP types that come in pairs of request and reply.
std::optional<std::uint8_t> answering_type(Family family, std::uint8_t type) {
  static constexpr std::array<std::array<std::uint8_t, 2>, 4> kPairs4 = {{{8, 0}, {13, 14}, {15, 16}, {17, 18}}};
  static constexpr std::array<std::array<std::uint8_t, 2>, 2> kPairs6 = {{{128, 129}, {139, 140}}};
  const auto search = [&](const auto& pairs) -> std::optional<std::uint8_t> {
    for (const auto& pair : pairs) {
      if (pair[0] == type) return pair[1];
      if (pair[1] == type) return pair[0];
    }
    return std::nullopt;
  };
  return family == Family::kIpv4 ? search(kPairs4) : search(kPairs6);
}

bool is_icmp(Family family, std::uint8_t protocol) {
  return protocol == (family == Family::kIpv4 ? ir::kProtoIcmp : ir::kProtoIcmp6);
}

struct Place {
  std::uint8_t protocol = 0;
  std::size_t transport = 0;
};

std::optional<Place> find_transport(ByteView bytes, std::size_t start, Family family) {
  if (family == Family::kIpv6) {
    const ExtensionChain chain = walk_extensions(bytes, start);
    if (chain.end != ExtensionChain::End::kTransport) return std::nullopt;
    return Place{chain.protocol, chain.offset};
  }
  if (!holds(bytes, start, 20)) return std::nullopt;
  if ((load16(bytes, start + 6) & 0x1fffU) != 0) return std::nullopt;
  return Place{bytes[start + 9], start + (bytes[start] & 0xfU) * 4U};
}

/// Only the enhanced GRE of PPTP has something like a port, its call; false when it carries anything but PPP.
bool take_gre(ByteView bytes, std::size_t offset, Tuple& tuple) {
  constexpr std::uint16_t kVersionMask = 7, kEnhanced = 1, kPpp = 0x880b;
  if (!holds(bytes, offset, 4)) return true;
  if ((load16(bytes, offset) & kVersionMask) != kEnhanced || !holds(bytes, offset, 8)) return true;
  if (load16(bytes, offset + 2) != kPpp) return false;
  tuple.destination_port = load16(bytes, offset + 6);
  return true;
}

}  // namespace

std::size_t TupleHash::operator()(const Tuple& tuple) const {
  std::uint64_t hash = 0x9E3779B97F4A7C15ULL;
  const auto mix = [&](std::uint64_t value) { hash = (hash ^ value) * 0xD6E8FEB86659FD93ULL, hash ^= hash >> 32; };
  mix(static_cast<std::uint64_t>(tuple.source)), mix(static_cast<std::uint64_t>(tuple.source >> 64));
  mix(static_cast<std::uint64_t>(tuple.destination)), mix(static_cast<std::uint64_t>(tuple.destination >> 64));
  mix(std::uint64_t{tuple.zone} << 48 | std::uint64_t{tuple.protocol} << 40 | std::uint64_t{tuple.source_port} << 16 |
      tuple.destination_port);
  return hash;
}

bool has_port_tuple(std::uint8_t protocol) {
  return protocol == ir::kProtoTcp || protocol == ir::kProtoUdp || protocol == ir::kProtoUdplite ||
         protocol == ir::kProtoSctp;
}

std::optional<Tuple> tuple_at(ByteView bytes, std::size_t start, Family family) {
  const auto place = find_transport(bytes, start, family);
  if (!place) return std::nullopt;
  Tuple tuple;
  tuple.family = family;
  tuple.protocol = place->protocol;
  const bool v4 = family == Family::kIpv4;
  tuple.source = load_number(bytes, start + (v4 ? 12 : 8), v4 ? 4 : 16);
  tuple.destination = load_number(bytes, start + (v4 ? 16 : 24), v4 ? 4 : 16);
  if (has_port_tuple(tuple.protocol)) {
    if (!holds(bytes, place->transport, 4)) return std::nullopt;
    tuple.source_port = load16(bytes, place->transport);
    tuple.destination_port = load16(bytes, place->transport + 2);
  } else if (is_icmp(family, tuple.protocol)) {
    if (!holds(bytes, place->transport, 8)) return std::nullopt;
    tuple.source_port = load16(bytes, place->transport + 4);
    tuple.destination_port = load16(bytes, place->transport);
  } else if (tuple.protocol == kProtoGre) {
    if (!take_gre(bytes, place->transport, tuple)) return std::nullopt;
  }
  return tuple;
}

std::optional<Tuple> inverted(const Tuple& tuple) {
  Tuple answer = tuple;
  answer.source = tuple.destination;
  answer.destination = tuple.source;
  if (!is_icmp(tuple.family, tuple.protocol)) {
    answer.source_port = tuple.destination_port;
    answer.destination_port = tuple.source_port;
    return answer;
  }
  const auto type = answering_type(tuple.family, static_cast<std::uint8_t>(tuple.destination_port >> 8));
  if (!type) return std::nullopt;
  answer.destination_port = static_cast<std::uint16_t>(*type << 8 | (tuple.destination_port & 0xff));
  return answer;
}

}  // namespace nfproof::sim
