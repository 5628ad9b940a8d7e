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

std::uint64_t load_mac(ByteView data, std::size_t offset) {
  return static_cast<std::uint64_t>(load_number(data, offset, 6));
}

bool decode_ethernet(ByteView data, LinkInfo& info) {
  if (!holds(data, 0, 14)) return false;
  info.ip_offset = 14;
  info.source_mac = load_mac(data, 6);
  info.destination_mac = load_mac(data, 0);
  return leads_to_ip(data, load16(data, 12), info);
}

/// Both versions have the same parts at other places.
bool decode_cooked(ByteView data, bool second, LinkInfo& info) {
  const std::size_t size = second ? 20 : 16;
  if (!holds(data, 0, size)) return false;
  info.ip_offset = size;
  if (!leads_to_ip(data, load16(data, second ? 0 : 14), info)) return false;
  if (second) info.interface_index = load32(data, 4);
  const unsigned type = second ? data[10] : load16(data, 0);
  if (type <= 4) info.packet_type = static_cast<std::uint8_t>(type);
  const unsigned address_size = second ? data[11] : load16(data, 4);
  if (address_size == 6) info.source_mac = load_mac(data, second ? 12 : 6);
  return true;
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
  LinkInfo info;
  if (!decode_link(data, link, info)) return std::nullopt;
  return info;
}

bool decode_link(ByteView data, LinkType link, LinkInfo& info) {
  info = LinkInfo();
  switch (link) {
    case LinkType::kRawIp: return true;
    case LinkType::kEthernet: return decode_ethernet(data, info);
    case LinkType::kLinuxCooked: return decode_cooked(data, false, info);
    case LinkType::kLinuxCooked2: return decode_cooked(data, true, info);
    case LinkType::kNull: info.ip_offset = 4; return holds(data, 0, 5) && (data[4] >> 4 == 4 || data[4] >> 4 == 6);
    case LinkType::kUnknown: return false;
  }
  return false;
}

}  // namespace nfproof::sim
