// SPDX-License-Identifier: Apache-2.0
// Headers for each family and protocol.
#include "sim/build_packet.h"

#include <algorithm>

#include "sim/bytes.h"
#include "sim/checksum.h"

namespace nfproof::sim {
namespace {

using ir::Family;
using ir::FieldId;
using Bytes = std::vector<std::uint8_t>;

constexpr std::uint8_t kFragmentHeader = 44;
constexpr std::uint32_t kFragmentId = 0x4e465046;

std::uint32_t number(const ir::Packet& packet, FieldId field, std::uint32_t otherwise) {
  return static_cast<std::uint32_t>(packet.get_or(field, otherwise));
}

Bytes tcp_header(const ir::Packet& packet) {
  const auto mss = packet.get(FieldId::kTcpMss);
  Bytes header(mss ? 24 : 20);
  store16(header, 0, number(packet, FieldId::kThSport, 0));
  store16(header, 2, number(packet, FieldId::kThDport, 0));
  store32(header, 4, 1000);
  const bool begins = !packet.get(FieldId::kCtState) || packet.ct_state() == ir::CtState::kNew;
  const std::uint32_t flags = number(packet, FieldId::kTcpFlags, begins ? 0x02 : 0x10);
  store32(header, 8, (flags & 0x10U) != 0 ? 2000 : 0);
  header[12] = static_cast<std::uint8_t>(header.size() / 4 << 4);
  header[13] = static_cast<std::uint8_t>(flags);
  store16(header, 14, 65535);
  if (mss) {
    header[20] = 2;
    header[21] = 4;
    store16(header, 22, static_cast<std::uint32_t>(*mss));
  }
  return header;
}

Bytes port_header(const ir::Packet& packet, std::size_t size) {
  Bytes header(size);
  store16(header, 0, number(packet, FieldId::kThSport, 0));
  store16(header, 2, number(packet, FieldId::kThDport, 0));
  return header;
}

Bytes transport_header(const ir::Packet& packet) {
  if (packet.is_later_fragment()) return Bytes(8);
  switch (packet.protocol()) {
    case ir::kProtoTcp: return tcp_header(packet);
    case ir::kProtoUdp:
    case ir::kProtoUdplite: return port_header(packet, 8);
    case ir::kProtoDccp: {
      Bytes header = port_header(packet, 16);
      header[4] = 4;
      return header;
    }
    case ir::kProtoSctp: {
      Bytes header = port_header(packet, 12 + 20);
      header[13] = 3;  // flags of a DATA chunk (type 0): a message of its own
      store16(header, 14, 20);
      return header;
    }
    case ir::kProtoIcmp:
    case ir::kProtoIcmp6: {
      Bytes header(8);
      const bool v4 = packet.protocol() == ir::kProtoIcmp;
      store16(header, 0, number(packet, v4 ? FieldId::kIcmpTypeCode : FieldId::kIcmp6TypeCode, v4 ? 0x0800 : 0x8000));
      return header;
    }
    case ir::kProtoMh: {
      Bytes header(8);
      header[0] = 59;  // nothing follows
      return header;
    }
    default: return Bytes(8);
  }
}

/// How much of what `transport_header` makes a packet cannot do without: the rest is chunks, options and payload.
std::size_t least_transport(const ir::Packet& packet, std::size_t made) {
  if (packet.is_later_fragment()) return 0;
  switch (packet.protocol()) {
    case ir::kProtoTcp:
    case ir::kProtoUdp:
    case ir::kProtoUdplite:
    case ir::kProtoIcmp:
    case ir::kProtoIcmp6: return made;
    case ir::kProtoDccp:
    case ir::kProtoSctp: return 12;
    default: return 0;
  }
}

Bytes ipv4_header(const ir::Packet& packet, std::size_t payload) {
  Bytes header(20);
  header[0] = 0x45;
  header[1] = static_cast<std::uint8_t>(number(packet, FieldId::kIpTos, 0));
  store16(header, 2, static_cast<std::uint32_t>(20 + payload));
  store16(header, 4, kFragmentId & 0xffff);
  store16(header, 6, number(packet, FieldId::kIpFragOffset, 0));
  header[8] = static_cast<std::uint8_t>(number(packet, FieldId::kIpTtl, 64));
  header[9] = packet.protocol();
  store_number(header, 12, 4, packet.source());
  store_number(header, 16, 4, packet.destination());
  store16(header, 10, finish_sum(internet_sum(header)));
  return header;
}

Bytes ipv6_header(const ir::Packet& packet, std::size_t payload) {
  const std::uint32_t offset = number(packet, FieldId::kIp6FragOffset, 0);
  Bytes header(offset != 0 ? 48 : 40);
  store16(header, 0, 0x6000U | number(packet, FieldId::kIp6Tclass, 0) << 4);
  store16(header, 4, static_cast<std::uint32_t>(header.size() - 40 + payload));
  header[6] = offset != 0 ? kFragmentHeader : packet.protocol();
  header[7] = static_cast<std::uint8_t>(number(packet, FieldId::kIp6HopLimit, 64));
  store_number(header, 8, 16, packet.source());
  store_number(header, 24, 16, packet.destination());
  if (offset != 0) {
    header[40] = packet.protocol();
    store16(header, 42, offset << 3);
    store32(header, 44, kFragmentId);
  }
  return header;
}

}  // namespace

std::optional<Bytes> build_packet(const ir::Packet& packet, std::string& problem) {
  if (packet.family == Family::kInet) return problem = "the family is neither IPv4 nor IPv6", std::nullopt;
  const bool v4 = packet.family == Family::kIpv4;
  Bytes transport = transport_header(packet);
  const std::size_t least = least_transport(packet, transport.size());
  const bool fragment_header = !v4 && packet.is_later_fragment();
  const std::size_t ip_size = v4 ? 20 : fragment_header ? 48 : 40;
  const std::size_t length = number(packet, FieldId::kLength, static_cast<std::uint32_t>(ip_size + transport.size()));
  if (length < ip_size + least) {
    problem = "a length of " + std::to_string(length) + " bytes is too short for its headers";
    return std::nullopt;
  }
  transport.resize(length - ip_size);
  const std::uint8_t protocol = packet.protocol();
  const bool has_header = !packet.is_later_fragment();
  if (has_header && (protocol == ir::kProtoUdp)) store16(transport, 4, static_cast<std::uint32_t>(transport.size()));
  if (has_header && protocol == ir::kProtoSctp && transport.size() >= 16)
    store16(transport, 14, static_cast<std::uint32_t>(transport.size() - 12));
  Bytes bytes = v4 ? ipv4_header(packet, transport.size()) : ipv6_header(packet, transport.size());
  bytes.insert(bytes.end(), transport.begin(), transport.end());
  if (has_header) fill_transport_checksum(bytes, packet.family, ip_size, protocol);
  return bytes;
}

}  // namespace nfproof::sim
