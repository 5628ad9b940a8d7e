// SPDX-License-Identifier: Apache-2.0
// Ethernet with VLAN tags, Linux cooked captures, BSD loopback, raw IP.
#include "sim/link.h"

namespace nfproof::sim {
namespace {

constexpr std::uint16_t kEtherIpv4 = 0x0800;
constexpr std::uint16_t kEtherIpv6 = 0x86dd;

bool is_vlan(std::uint16_t type) { return type == 0x8100 || type == 0x88a8 || type == 0x9100; }
bool is_ip(std::uint16_t type) { return type == kEtherIpv4 || type == kEtherIpv6; }

/// Steps over VLAN tags; is what follows an IP packet?
bool leads_to_ip(ByteView data, std::uint16_t type, LinkInfo& info) {
  while (is_vlan(type)) {
    if (!holds(data, info.ip_offset, 4)) return false;
    if (info.vlan_count < info.vlans.size()) info.vlans[info.vlan_count++] = load16(data, info.ip_offset) & 0xfffU;
    type = load16(data, info.ip_offset + 2);
    info.ip_offset += 4;
  }
  return is_ip(type);
}

std::optional<LinkInfo> decode_ethernet(ByteView data) {
  if (!holds(data, 0, 14)) return std::nullopt;
  LinkInfo info;
  info.ip_offset = 14;
  info.source_mac = load_number(data, 6, 6);
  info.destination_mac = load_number(data, 0, 6);
  if (!leads_to_ip(data, load16(data, 12), info)) return std::nullopt;
  return info;
}

/// Both versions have the same parts at other places.
std::optional<LinkInfo> decode_cooked(ByteView data, bool second) {
  const std::size_t size = second ? 20 : 16;
  if (!holds(data, 0, size)) return std::nullopt;
  LinkInfo info;
  info.ip_offset = size;
  if (!leads_to_ip(data, load16(data, second ? 0 : 14), info)) return std::nullopt;
  if (second) info.interface_index = load32(data, 4);
  const unsigned type = second ? data[10] : load16(data, 0);
  if (type <= 4) info.packet_type = static_cast<std::uint8_t>(type);
  const unsigned address_size = second ? data[11] : load16(data, 4);
  if (address_size == 6) info.source_mac = load_number(data, second ? 12 : 6, 6);
  return info;
}

LinkInfo at_offset(std::size_t offset) {
  LinkInfo info;
  info.ip_offset = offset;
  return info;
}

}  // namespace

std::uint8_t packet_type(const LinkInfo& link, ir::Family family, ir::u128 destination) {
  if (link.packet_type) return *link.packet_type;
  if (link.destination_mac) {
    if (*link.destination_mac == kBroadcastMac) return ir::kPacketBroadcast;
    return (*link.destination_mac >> 40 & 1) != 0 ? ir::kPacketMulticast : ir::kPacketHost;
  }
  const bool v4 = family == ir::Family::kIpv4;
  if (v4 && destination == 0xffffffff) return ir::kPacketBroadcast;
  const bool multicast = v4 ? destination >> 28 == 0xe : destination >> 120 == 0xff;
  return multicast ? ir::kPacketMulticast : ir::kPacketHost;
}

std::optional<LinkInfo> decode_link(ByteView data, LinkType link) {
  switch (link) {
    case LinkType::kRawIp: return LinkInfo{};
    case LinkType::kEthernet: return decode_ethernet(data);
    case LinkType::kLinuxCooked: return decode_cooked(data, false);
    case LinkType::kLinuxCooked2: return decode_cooked(data, true);
    case LinkType::kNull:
      if (!holds(data, 0, 5) || (data[4] >> 4 != 4 && data[4] >> 4 != 6)) return std::nullopt;
      return at_offset(4);
    case LinkType::kUnknown: return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace nfproof::sim
