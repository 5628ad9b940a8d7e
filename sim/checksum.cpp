// SPDX-License-Identifier: Apache-2.0
// Internet checksum and CRC32c, and where each protocol keeps its own.
#include "sim/checksum.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <optional>

#include "compiler/ir/field.h"

namespace nfproof::sim {
namespace {

using ir::Family;

constexpr std::array<std::uint32_t, 256> make_crc32c_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = (crc & 1) != 0 ? crc >> 1 ^ 0x82F63B78U : crc >> 1;
    table[i] = crc;
  }
  return table;
}
constexpr auto kCrc32c = make_crc32c_table();

std::uint32_t crc_byte(std::uint32_t crc, std::uint8_t byte) { return crc >> 8 ^ kCrc32c[(crc ^ byte) & 0xff]; }

/// Offset of the 16-bit checksum in the transport header.
std::optional<std::size_t> checksum_offset(Family family, std::uint8_t protocol) {
  switch (protocol) {
    case ir::kProtoTcp: return 16;
    case ir::kProtoUdp:
    case ir::kProtoUdplite: return 6;
    case ir::kProtoIcmp: return family == Family::kIpv4 ? std::optional<std::size_t>{2} : std::nullopt;
    case ir::kProtoIcmp6: return family == Family::kIpv6 ? std::optional<std::size_t>{2} : std::nullopt;
    default: return std::nullopt;
  }
}

ir::u128 address_at(ByteView ip, Family family, bool destination) {
  if (family == Family::kIpv4) return load_number(ip, destination ? 16 : 12, 4);
  return load_number(ip, destination ? 24 : 8, 16);
}

/// How much of a UDP-Lite packet its checksum covers; nothing when the field is nonsense.
std::optional<std::size_t> udplite_coverage(ByteView transport) {
  const std::size_t coverage = load16(transport, 4);
  if (coverage == 0) return transport.size();
  if (coverage < 8 || coverage > transport.size()) return std::nullopt;
  return coverage;
}

std::uint32_t transport_sum(ByteView ip, Family family, std::size_t offset, std::uint8_t protocol) {
  ByteView transport = ip.subspan(offset);
  const auto length = static_cast<std::uint32_t>(transport.size());
  std::uint32_t start = 0;
  if (protocol != ir::kProtoIcmp)
    start = pseudo_header_sum(family, address_at(ip, family, false), address_at(ip, family, true), protocol, length);
  if (protocol == ir::kProtoUdplite) transport = transport.first(udplite_coverage(transport).value_or(length));
  if (protocol == ir::kProtoUdp && load16(transport, 4) >= 8 && load16(transport, 4) < length) {
    transport = transport.first(load16(transport, 4));
    start = pseudo_header_sum(family, address_at(ip, family, false), address_at(ip, family, true), protocol,
                              static_cast<std::uint32_t>(transport.size()));
  }
  return internet_sum(transport, start);
}

/// A sender whose network card fills in the checksum leaves the sum of the pseudo header in its place. Captures on that
/// host, and between virtual machines and containers, hold such packets; the kernel there trusts them.
bool left_to_hardware(ByteView ip, Family family, std::size_t transport, std::uint8_t protocol) {
  if (protocol != ir::kProtoTcp && protocol != ir::kProtoUdp) return false;
  const auto length = static_cast<std::uint32_t>(ip.size() - transport);
  const std::uint32_t pseudo =
      pseudo_header_sum(family, address_at(ip, family, false), address_at(ip, family, true), protocol, length);
  const auto offset = checksum_offset(family, protocol);
  return offset && holds(ip, transport, *offset + 2) &&
         load16(ip, transport + *offset) == (~finish_sum(pseudo) & 0xffff);
}

}  // namespace

namespace {

/// The last `count` bytes, less than 8, as the word that they would be with zeros behind them. Made without memory: a
/// word that was just put together there would have to wait for all that was written before.
std::uint64_t last_word(ByteView bytes, std::size_t count) {
  constexpr bool kLittle = std::endian::native == std::endian::little;
  std::uint64_t word = 0;
  if (bytes.size() >= 8) {
    std::memcpy(&word, bytes.data() + bytes.size() - 8, 8);
    return kLittle ? word >> (8 * (8 - count)) : word << (8 * (8 - count));
  }
  for (std::size_t i = 0; i < count; ++i)
    word |= std::uint64_t{bytes[bytes.size() - count + i]} << 8 * (kLittle ? i : 7 - i);
  return word;
}

}  // namespace

std::uint32_t internet_sum(ByteView bytes, std::uint32_t start) {
  // A ones' complement sum may be made of words of any size and byte order, and be folded and turned round at the end.
  ir::u128 even = 0, odd = 0;
  std::size_t at = 0;
  for (; at + 16 <= bytes.size(); at += 16) {
    std::array<std::uint64_t, 2> words{};
    std::memcpy(words.data(), bytes.data() + at, 16);
    even += words[0], odd += words[1];
  }
  for (; at + 8 <= bytes.size(); at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + at, 8);
    even += word;
  }
  even += odd;
  if (at < bytes.size()) even += last_word(bytes, bytes.size() - at);
  const auto low = static_cast<std::uint64_t>(even);
  std::uint64_t sum = (low & 0xffffffffU) + (low >> 32) + static_cast<std::uint64_t>(even >> 64);
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  if constexpr (std::endian::native == std::endian::little) sum = (sum & 0xff) << 8 | sum >> 8;
  sum += start;
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint32_t>(sum);
}

std::uint16_t finish_sum(std::uint32_t sum) {
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}

std::uint32_t pseudo_header_sum(Family family, ir::u128 source, ir::u128 destination, std::uint8_t protocol,
                                std::uint32_t length) {
  std::uint64_t sum = std::uint64_t{length} + protocol;
  const auto add = [&](ir::u128 address) {
    const auto low = static_cast<std::uint64_t>(address);
    sum += (low & 0xffffffffU) + (low >> 32);
    if (family == Family::kIpv4) return;
    const auto high = static_cast<std::uint64_t>(address >> 64);
    sum += (high & 0xffffffffU) + (high >> 32);
  };
  add(source), add(destination);
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint32_t>(sum);
}

std::uint32_t sctp_checksum(ByteView sctp_packet) {
  std::uint32_t crc = 0xffffffff;
  for (std::size_t i = 0; i < sctp_packet.size(); ++i)
    crc = crc_byte(crc, i >= 8 && i < 12 ? std::uint8_t{0} : sctp_packet[i]);
  crc = ~crc;
  return (crc & 0xff) << 24 | (crc & 0xff00) << 8 | (crc >> 8 & 0xff00) | crc >> 24;
}

bool transport_checksum_ok(ByteView ip, Family family, std::size_t transport, std::uint8_t protocol) {
  if (protocol == ir::kProtoSctp)
    return holds(ip, transport, 12) && load32(ip, transport + 8) == sctp_checksum(ip.subspan(transport));
  const auto offset = checksum_offset(family, protocol);
  if (!offset || !holds(ip, transport, 8)) return true;
  if (protocol == ir::kProtoUdp && load16(ip, transport + *offset) == 0) return true;
  if (protocol == ir::kProtoUdplite && !udplite_coverage(ip.subspan(transport))) return false;
  constexpr std::uint32_t kAsUdp = 0x10000U - ir::kProtoUdplite + ir::kProtoUdp - 1U;  // ones' complement difference
  const std::uint32_t sum = transport_sum(ip, family, transport, protocol);
  if (finish_sum(sum + (protocol == ir::kProtoUdplite ? kAsUdp : 0)) == 0) return true;
  return left_to_hardware(ip, family, transport, protocol);
}

void fill_header_checksum(ByteSpan ip) {
  store16(ip, 10, 0);
  store16(ip, 10, finish_sum(internet_sum(ByteView(ip).first((ip[0] & 0xfU) * 4U))));
}

void fill_transport_checksum(ByteSpan ip, Family family, std::size_t transport, std::uint8_t protocol) {
  if (protocol == ir::kProtoSctp && holds(ip, transport, 12)) {
    store32(ip, transport + 8, sctp_checksum(ip.subspan(transport)));
    return;
  }
  const auto offset = checksum_offset(family, protocol);
  if (!offset || !holds(ip, transport, *offset + 2) || !holds(ip, transport, 8)) return;
  store16(ip, transport + *offset, 0);
  std::uint16_t sum = finish_sum(transport_sum(ip, family, transport, protocol));
  if (sum == 0 && (protocol == ir::kProtoUdp || protocol == ir::kProtoUdplite)) sum = 0xffff;
  store16(ip, transport + *offset, sum);
}

}  // namespace nfproof::sim
