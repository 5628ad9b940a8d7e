// SPDX-License-Identifier: Apache-2.0
// In-place changes with checksums kept by difference (RFC 1624).
#include "sim/rewrite.h"

#include <algorithm>
#include <array>
#include <optional>

#include "sim/checksum.h"
#include "sim/refragment.h"

namespace nfproof::sim {
namespace {

using ir::Family;

/// Replaces `size` bytes (even) at an even distance from the checksum's start and mends the checksum at `sum_offset`.
void mend_sum(ByteSpan bytes, std::size_t sum_offset, ByteView before, ByteView after) {
  if (!holds(bytes, sum_offset, 2)) return;
  std::uint32_t sum = static_cast<std::uint16_t>(~load16(bytes, sum_offset));
  for (std::size_t i = 0; i + 1 < before.size(); i += 2) sum += static_cast<std::uint16_t>(~load16(before, i));
  for (std::size_t i = 0; i + 1 < after.size(); i += 2) sum += load16(after, i);
  store16(bytes, sum_offset, finish_sum(sum));
}

/// Where the transport checksum is; nothing when there is none to mend.
std::optional<std::size_t> transport_sum(const DecodedPacket& packet, bool covers_addresses) {
  if (packet.broken_chain || packet.fields.is_later_fragment()) return std::nullopt;
  const std::size_t at = packet.transport;
  switch (packet.protocol()) {
    case ir::kProtoTcp: return at + 16;
    case ir::kProtoUdp:
    case ir::kProtoUdplite:
      if (!packet.has_transport(8) || load16(packet.bytes, at + 6) == 0) return std::nullopt;
      return at + 6;
    case ir::kProtoIcmp: return covers_addresses ? std::nullopt : std::optional(at + 2);
    case ir::kProtoIcmp6: return at + 2;
    default: return std::nullopt;
  }
}

/// Writes new bytes over old ones and mends the given checksums.
void replace(DecodedPacket& packet, std::size_t offset, ByteView value, std::optional<std::size_t> first,
             std::optional<std::size_t> second) {
  std::array<std::uint8_t, 16> old{};
  const ByteSpan bytes = packet.bytes;
  std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(offset), value.size(), old.begin());
  std::copy(value.begin(), value.end(), bytes.begin() + static_cast<std::ptrdiff_t>(offset));
  const ByteView before = ByteView(old).first(value.size());
  if (first) mend_sum(bytes, *first, before, value);
  if (second) mend_sum(bytes, *second, before, value);
}

/// Changes 16 bits of the TCP header, at an even offset from its start or not.
void change16(DecodedPacket& packet, std::size_t offset, std::uint16_t value) {
  const std::size_t begin = offset - (offset - packet.transport) % 2;
  const std::size_t size = begin == offset ? 2 : 4;
  std::array<std::uint8_t, 4> changed{};
  std::copy_n(packet.bytes.begin() + static_cast<std::ptrdiff_t>(begin), size, changed.begin());
  store16(changed, offset - begin, value);
  replace(packet, begin, ByteView(changed).first(size), packet.transport + 16, std::nullopt);
}

void lower_mss(DecodedPacket& packet, std::size_t option, std::uint16_t mss) {
  change16(packet, option + 2, mss);
  refresh(packet);
}

/// Puts the option before all others of a segment without data.
void insert_mss(DecodedPacket& packet, std::uint16_t mss) {
  std::vector<std::uint8_t>& bytes = packet.bytes;
  const std::size_t at = packet.transport;
  const bool v4 = packet.family() == Family::kIpv4;
  std::array<std::uint8_t, 6> added = {2, 4, 0, 0, 0, 4};  // the option, and what the length grows by
  store16(added, 2, std::min<std::uint16_t>(mss, v4 ? 536 : 1220));
  mend_sum(bytes, at + 16, {}, added);
  bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(at + 20), added.begin(), added.begin() + 4);
  change16(packet, at + 12, static_cast<std::uint16_t>(load16(bytes, at + 12) + 0x1000));
  packet.length += 4;
  if (v4) {
    std::array<std::uint8_t, 2> length{};
    store16(length, 0, load16(bytes, 2) + 4U);
    replace(packet, 2, length, 10, std::nullopt);
  } else {
    store16(bytes, 4, load16(bytes, 4) + 4U);
  }
  refresh(packet);
}

/// The zero of a UDP checksum says that there is none: a sum that comes to it is written the other way.
void keep_sum(DecodedPacket& packet, const std::optional<std::size_t>& sum) {
  const bool udp = packet.protocol() == ir::kProtoUdp || packet.protocol() == ir::kProtoUdplite;
  if (udp && sum && load16(packet.bytes, *sum) == 0) store16(packet.bytes, *sum, 0xffff);
}

std::optional<std::size_t> header_sum(const DecodedPacket& packet) {
  if (packet.family() == Family::kIpv4) return 10;
  return std::nullopt;
}

}  // namespace

void set_address(DecodedPacket& packet, bool source, ir::u128 address) {
  const bool v4 = packet.family() == Family::kIpv4;
  const std::size_t size = v4 ? 4 : 16;
  std::array<std::uint8_t, 16> value{};
  store_number(value, 0, size, address);
  const std::size_t offset = v4 ? (source ? 12U : 16U) : (source ? 8U : 24U);
  const auto sum = transport_sum(packet, true);
  replace(packet, offset, ByteView(value).first(size), header_sum(packet), sum);
  keep_sum(packet, sum);
  refresh(packet);
}

void set_port(DecodedPacket& packet, bool source, std::uint16_t port) {
  const std::uint8_t protocol = packet.protocol();
  const bool icmp = protocol == ir::kProtoIcmp || protocol == ir::kProtoIcmp6;
  if (!packet.has_transport(8)) return;
  std::array<std::uint8_t, 2> value{};
  store16(value, 0, port);
  const std::size_t offset = packet.transport + (icmp ? 4U : source ? 0U : 2U);
  const auto sum = transport_sum(packet, false);
  replace(packet, offset, value, sum, std::nullopt);
  keep_sum(packet, sum);
  if (protocol == ir::kProtoSctp && !packet.cut_short)
    fill_transport_checksum(packet.bytes, packet.family(), packet.transport, protocol);
  refresh(packet);
}

void change_tcp32(DecodedPacket& packet, std::size_t offset, std::uint32_t value) {
  const std::size_t begin = offset - (offset - packet.transport) % 2;
  const std::size_t size = begin == offset ? 4 : 6;
  if (!holds(packet.bytes, begin, size)) return;
  std::array<std::uint8_t, 6> changed{};
  std::copy_n(packet.bytes.begin() + static_cast<std::ptrdiff_t>(begin), size, changed.begin());
  store32(changed, offset - begin, value);
  replace(packet, begin, ByteView(changed).first(size), packet.transport + 16, std::nullopt);
}

void set_ttl(DecodedPacket& packet, std::uint8_t ttl) {
  if (packet.family() == Family::kIpv6) {
    packet.bytes[7] = ttl;
  } else {
    const std::array<std::uint8_t, 2> value = {ttl, packet.bytes[9]};
    replace(packet, 8, value, 10, std::nullopt);
  }
  packet.fields.set(packet.family() == Family::kIpv4 ? ir::FieldId::kIpTtl : ir::FieldId::kIp6HopLimit, ttl);
}

void set_dont_fragment(DecodedPacket& packet) {
  std::array<std::uint8_t, 2> value{};
  store16(value, 0, load16(packet.bytes, 6) | 0x4000U);
  replace(packet, 6, value, 10, std::nullopt);
  refresh(packet);
}

void set_tos(DecodedPacket& packet, std::uint8_t tos) {
  if (packet.family() == Family::kIpv6) {
    const unsigned first = load16(packet.bytes, 0);
    store16(packet.bytes, 0, (first & 0xf00fU) | static_cast<unsigned>(tos) << 4);
  } else {
    const std::array<std::uint8_t, 2> value = {packet.bytes[0], tos};
    replace(packet, 0, value, 10, std::nullopt);
  }
  packet.fields.set(packet.family() == Family::kIpv4 ? ir::FieldId::kIpTos : ir::FieldId::kIp6Tclass, tos);
}

bool set_mss(DecodedPacket& packet, std::uint16_t mss) {
  if (packet.fields.is_later_fragment()) return true;
  if (!packet.has_transport(20)) return false;
  gather_block(packet, packet.bytes.size());
  std::vector<std::uint8_t>& bytes = packet.bytes;
  const std::size_t at = packet.transport;
  const std::size_t header = (bytes[at + 12] >> 4) * 4U;
  if (header < 20 || !packet.has_transport(header)) return false;
  for (std::size_t i = at + 20; i + 4 <= at + header;) {
    if (bytes[i] == 2 && bytes[i + 1] == 4) {
      if (load16(bytes, i + 2) > mss) lower_mss(packet, i, mss);
      return true;
    }
    i += bytes[i] <= 1 || bytes[i + 1] == 0 ? 1U : bytes[i + 1];
  }
  constexpr std::size_t kLargestHeader = 60;
  if (packet.length - at > header || header >= kLargestHeader) return true;
  insert_mss(packet, mss);
  return true;
}

bool clear_tcp_flags(DecodedPacket& packet, std::uint8_t bits) {
  if (!packet.has_transport(20)) return false;
  gather_block(packet, packet.transport + 20);
  const std::size_t at = packet.transport + 12;
  const std::uint16_t word = load16(packet.bytes, at);
  change16(packet, at, static_cast<std::uint16_t>(word & ~unsigned{bits}));
  refresh(packet);
  return true;
}

bool strip_tcp_options(DecodedPacket& packet, const std::array<std::uint32_t, 8>& options) {
  if (packet.fields.is_later_fragment()) return true;
  const std::size_t at = packet.transport;
  if (!packet.has_transport(20)) return false;
  std::vector<std::uint8_t>& bytes = packet.bytes;
  const std::size_t header = (bytes[at + 12] >> 4) * 4U;
  if (header < 20 || !packet.has_transport(header)) return false;
  gather_block(packet, at + header);
  constexpr std::uint8_t kNop = 1;
  std::size_t size = 0;
  for (std::size_t i = 20; i + 1 < header; i += size) {
    const std::uint8_t kind = bytes[at + i];
    size = kind <= kNop || bytes[at + i + 1] == 0 ? 1U : bytes[at + i + 1];
    if (i + size > header) break;
    if ((options[kind / 32] >> (kind % 32) & 1U) == 0) continue;
    for (std::size_t j = i; j < i + size; ++j) {
      const std::size_t even = j & ~std::size_t{1};
      const std::uint16_t word = load16(bytes, at + even);
      const unsigned kept = j % 2 == 0 ? (word & 0xffU) | kNop << 8U : (word & 0xff00U) | kNop;
      change16(packet, at + even, static_cast<std::uint16_t>(kept));
    }
  }
  refresh(packet);
  return true;
}

}  // namespace nfproof::sim
