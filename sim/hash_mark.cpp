// SPDX-License-Identifier: Apache-2.0
// What is hashed: addresses in numeric order, so that both directions get the same mark.
#include "sim/hash_mark.h"

#include <algorithm>
#include <array>
#include <utility>

#include "sim/jhash.h"

namespace nfproof::sim {
namespace {

constexpr std::uint8_t kProtoEsp = 50;
constexpr std::uint8_t kProtoAh = 51;
constexpr std::uint8_t kFragment = 44;
// Bits of `HashMark::flags`: XT_HMARK_*.
constexpr std::uint32_t kSpi = 1U << 2, kSpiMask = 1U << 3, kByConnection = 1U << 12, kAddressesOnly = 1U << 13;

struct Parts {
  std::uint32_t source = 0;
  std::uint32_t destination = 0;
  std::uint32_t ports = 0;
  std::uint8_t protocol = 0;
};

/// IPv6: the four words of the masked address, xored.
std::uint32_t fold_address(ir::Family family, ir::u128 address, const std::array<std::uint8_t, 16>& mask) {
  if (family == ir::Family::kIpv4) return static_cast<std::uint32_t>(address) & load32(mask, 0);
  const ir::u128 masked = address & load_number(mask, 0, 16);
  return static_cast<std::uint32_t>(masked >> 96) ^ static_cast<std::uint32_t>(masked >> 64) ^
         static_cast<std::uint32_t>(masked >> 32) ^ static_cast<std::uint32_t>(masked);
}

std::uint32_t fold_ports(const ir::HashMark& target, std::uint32_t source, std::uint32_t destination) {
  const bool spi_mask = (target.flags & kSpiMask) != 0, spi = (target.flags & kSpi) != 0;
  source &= spi_mask ? target.spi_mask >> 16 : target.sport_mask;
  destination &= spi_mask ? target.spi_mask & 0xffffU : target.dport_mask;
  source |= spi ? target.spi_set >> 16 : target.sport_set;
  destination |= spi ? target.spi_set & 0xffffU : target.dport_set;
  return std::max(source, destination) << 16 | std::min(source, destination);
}

/// A header that may hold ports, and whether it is one of a fragment.
struct Upper {
  std::uint8_t protocol = 0;
  std::size_t offset = 0;
  bool fragment = false;
};

/// Stops at an authentication header. Nothing when the headers lead nowhere.
std::optional<Upper> upper_of_ipv6(ByteView bytes, std::size_t start) {
  const ExtensionChain chain = walk_extensions(bytes, start);
  if (chain.end == ExtensionChain::End::kBroken) return std::nullopt;
  std::uint8_t header = bytes[start + 6];
  std::size_t offset = start + 40;
  while (offset < chain.offset) {
    if (header == kProtoAh) return Upper{header, offset, chain.fragment};
    const std::size_t size = header == kFragment ? 8U : (bytes[offset + 1] + 1U) * 8U;
    header = bytes[offset];
    offset += size;
  }
  return Upper{chain.protocol, chain.offset, chain.fragment};
}

void take_ports(const ir::HashMark& target, ByteView bytes, const Upper& upper, Parts& parts) {
  std::size_t offset = upper.offset;
  switch (upper.protocol) {
    case ir::kProtoTcp:
    case ir::kProtoUdp:
    case ir::kProtoDccp:
    case ir::kProtoSctp:
    case ir::kProtoUdplite:
    case kProtoEsp: break;
    case kProtoAh: offset += 4; break;
    default: return;
  }
  if (holds(bytes, offset, 4)) parts.ports = fold_ports(target, load16(bytes, offset), load16(bytes, offset + 2));
}

bool quotes_packet(ByteView bytes, std::size_t icmp) {
  static constexpr std::array<std::uint8_t, 5> kErrors = {3, 4, 5, 11, 12};
  return holds(bytes, icmp, 8) && std::find(kErrors.begin(), kErrors.end(), bytes[icmp]) != kErrors.end();
}

/// Of the packet, or of the one that an ICMP error quotes. Nothing: the packet is left alone.
std::optional<Parts> parts_of_ipv4(const ir::HashMark& target, ByteView bytes) {
  std::size_t start = 0;
  const std::size_t outer_header = (bytes[0] & 0xfU) * 4U;
  if (bytes[9] == ir::kProtoIcmp && quotes_packet(bytes, outer_header)) {
    start = outer_header + 8;
    if (!holds(bytes, start, 20)) return std::nullopt;
  }
  const ir::Family v4 = ir::Family::kIpv4;
  Parts parts{.source = fold_address(v4, load32(bytes, start + 12), target.source_mask),
              .destination = fold_address(v4, load32(bytes, start + 16), target.destination_mask)};
  if ((target.flags & kAddressesOnly) != 0) return parts;
  parts.protocol = bytes[start + 9];
  const bool fragment = (load16(bytes, start + 6) & 0x3fffU) != 0;
  if (parts.protocol == ir::kProtoIcmp || fragment) return parts;
  take_ports(target, bytes, {parts.protocol, start + (bytes[start] & 0xfU) * 4U, false}, parts);
  return parts;
}

std::optional<Parts> parts_of_ipv6(const ir::HashMark& target, ByteView bytes) {
  std::size_t start = 0;
  auto upper = upper_of_ipv6(bytes, 0);
  if (!upper) return Parts{};
  if (!upper->fragment && upper->protocol == ir::kProtoIcmp6 && holds(bytes, upper->offset, 8) &&
      bytes[upper->offset] != 0 && bytes[upper->offset] < 128) {
    start = upper->offset + 8;
    if (!holds(bytes, start, 40)) return std::nullopt;
    upper = upper_of_ipv6(bytes, start);
    if (!upper) return std::nullopt;
  }
  const ir::Family v6 = ir::Family::kIpv6;
  Parts parts{.source = fold_address(v6, load_number(bytes, start + 8, 16), target.source_mask),
              .destination = fold_address(v6, load_number(bytes, start + 24, 16), target.destination_mask)};
  if ((target.flags & kAddressesOnly) != 0) return parts;
  parts.protocol = upper->protocol;
  if (parts.protocol != ir::kProtoIcmp6 && !upper->fragment) take_ports(target, bytes, *upper, parts);
  return parts;
}

Parts parts_of_connection(const ir::HashMark& target, const Tuple& original, const Tuple& reply) {
  Parts parts{.source = fold_address(original.family, original.source, target.source_mask),
              .destination = fold_address(original.family, reply.source, target.destination_mask)};
  if ((target.flags & kAddressesOnly) != 0) return parts;
  parts.protocol = original.protocol;
  if (parts.protocol != ir::kProtoIcmp) parts.ports = fold_ports(target, original.source_port, reply.source_port);
  return parts;
}

}  // namespace

std::optional<std::uint32_t> hash_mark(const ir::HashMark& target, const DecodedPacket& packet, const Tuple* original,
                                       const Tuple* reply) {
  std::optional<Parts> parts;
  if ((target.flags & kByConnection) != 0) {
    if (original != nullptr && reply != nullptr) parts = parts_of_connection(target, *original, *reply);
  } else {
    parts = packet.family() == ir::Family::kIpv4 ? parts_of_ipv4(target, packet.bytes)
                                                 : parts_of_ipv6(target, packet.bytes);
  }
  if (!parts) return std::nullopt;
  const auto [low, high] = std::minmax(parts->source, parts->destination);
  std::uint32_t hash = jhash_3words(low, high, parts->ports, target.seed);
  hash ^= parts->protocol & target.protocol_mask;
  return scale_to(hash, target.modulus) + target.offset;
}

bool cluster_matches(const ir::Cluster& test, ir::Family family, ir::u128 original_source) {
  // Of IPv6 addresses the kernel hashes the first word only.
  const ir::u128 word = family == ir::Family::kIpv4 ? original_source : original_source >> 96;
  const std::uint32_t hash = jhash_1word(__builtin_bswap32(static_cast<std::uint32_t>(word)), test.hash_seed);
  return (test.node_mask >> scale_to(hash, test.total_nodes) & 1U) != 0;
}

}  // namespace nfproof::sim
