// SPDX-License-Identifier: Apache-2.0
// The short way through the headers. It must be exact, not complete: what is not plain is left to `decode.h`.
#include "sim/preview.h"

#include <algorithm>
#include <string>

#include "sim/checksum.h"
#include "sim/connection_table.h"
#include "sim/decode.h"

namespace nfproof::sim {
namespace {

using ir::Family;

/// The offset of the transport header; 0: not plain.
std::size_t read_ipv4(ByteView ip, Preview& preview) {
  const bool fragment = (load16(ip, 6) & 0x3fffU) != 0;
  if (fragment) return 0;
  preview.dont_fragment = (ip[6] & 0x40U) != 0;
  preview.tos = ip[1];
  preview.ttl = ip[8];
  preview.tuple.protocol = ip[9];
  preview.tuple.source = load32(ip, 12);
  preview.tuple.destination = load32(ip, 16);
  return (ip[0] & 0xfU) * 4U;
}

std::size_t read_ipv6(ByteView ip, Preview& preview) {
  preview.dont_fragment = true;
  preview.tos = static_cast<std::uint8_t>(load16(ip, 0) >> 4U);
  preview.ttl = ip[7];
  preview.tuple.protocol = ip[6];
  preview.tuple.source = load_number(ip, 8, 16);
  preview.tuple.destination = load_number(ip, 24, 16);
  return 40;
}

bool is_query(Family family, std::uint8_t type) {
  if (family == Family::kIpv4) return type == 8 || type == 0;
  return type == 128 || type == 129;
}

bool read_transport(ByteView ip, std::size_t transport, Preview& preview) {
  if (!holds(ip, transport, 8)) return false;
  Tuple& tuple = preview.tuple;
  const bool icmp = tuple.protocol == (tuple.family == Family::kIpv4 ? ir::kProtoIcmp : ir::kProtoIcmp6);
  if (icmp) {
    tuple.source_port = load16(ip, transport + 4);
    tuple.destination_port = load16(ip, transport);
    return is_query(tuple.family, ip[transport]);
  }
  tuple.source_port = load16(ip, transport);
  tuple.destination_port = load16(ip, transport + 2);
  if (tuple.protocol == ir::kProtoUdp) {
    const std::size_t length = load16(ip, transport + 4);
    return length >= 8 && length <= preview.length - transport;
  }
  if (tuple.protocol != ir::kProtoTcp) return false;
  if (!read_segment(ip, transport, preview.length, preview.segment)) return false;
  if (!holds(ip, transport, preview.segment.header_size)) return false;
  preview.tcp_flags = ip[transport + 13];
  return true;
}

}  // namespace

void make_preview(const PacketBytes& packet, Preview& preview) {
  LinkInfo link;
  make_preview(packet, decode_link(packet.data, packet.link, link) ? &link : nullptr, preview);
}

void make_preview(const PacketBytes& packet, const LinkInfo* link, Preview& preview) {
  preview.plain = false;
  if (link == nullptr) return;
  const ByteView rest = packet.data.subspan(link->ip_offset);
  const std::size_t original = packet.original_length > link->ip_offset ? packet.original_length - link->ip_offset : 0;
  std::string why;
  std::size_t length = 0;
  if (!read_ip_length(rest, original, length, why)) return;
  const bool v4 = rest[0] >> 4 == 4;
  const ByteView ip = rest.first(std::min(length, rest.size()));
  preview.length = static_cast<std::uint32_t>(length);
  preview.cut_short = ip.size() < length;
  preview.tcp_flags = 0;
  preview.tuple.family = v4 ? Family::kIpv4 : Family::kIpv6;
  const std::size_t transport = v4 ? read_ipv4(ip, preview) : read_ipv6(ip, preview);
  if (transport == 0 || !read_transport(ip, transport, preview)) return;
  preview.packet_type = packet_type(*link, preview.tuple.family, preview.tuple.destination);
  preview.hash = ConnectionTable::hash_of(preview.tuple);
  preview.checksum_ok =
      preview.cut_short || transport_checksum_ok(ip, preview.tuple.family, transport, preview.tuple.protocol);
  preview.plain = true;
}

}  // namespace nfproof::sim
