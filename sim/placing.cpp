// SPDX-License-Identifier: Apache-2.0
// Interfaces and directions of captured packets.
#include "sim/placing.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <functional>

namespace nfproof::sim {
namespace {

using ir::Family;

/// A packet is forwarded sooner than this, and before many others arrive.
constexpr Nanoseconds kForwardedWithin = 1'000'000'000;
constexpr std::size_t kRemembered = 8192;
/// Of the transport header and payload; enough to tell packets apart.
constexpr std::size_t kHashed = 64;

void mix(std::uint64_t& hash, std::uint64_t value) {
  hash ^= value;
  hash *= 0x9e3779b97f4a7c15ULL;
  hash ^= hash >> 29U;
}

bool has_ports(std::uint8_t protocol) {
  return protocol == ir::kProtoTcp || protocol == ir::kProtoUdp || protocol == ir::kProtoSctp ||
         protocol == ir::kProtoDccp || protocol == ir::kProtoUdplite;
}

/// A checksum changes with the addresses: where it is in the header, and how long.
std::pair<std::size_t, std::size_t> checksum_place(std::uint8_t protocol) {
  switch (protocol) {
    case ir::kProtoTcp: return {16, 2};
    case ir::kProtoUdp:
    case ir::kProtoUdplite:
    case ir::kProtoDccp: return {6, 2};
    case ir::kProtoIcmp:
    case ir::kProtoIcmp6: return {2, 2};
    case ir::kProtoSctp: return {8, 4};
    default: return {0, 0};
  }
}

/// The begin of a transport header with its payload, without ports and checksum.
std::uint64_t hash_transport(ByteView transport, std::uint8_t protocol, bool ports) {
  std::array<std::uint8_t, kHashed> bytes{};
  const std::size_t size = std::min(transport.size(), kHashed);
  std::copy_n(transport.begin(), size, bytes.begin());
  if (ports) std::fill_n(bytes.begin(), 4, std::uint8_t{0});
  const auto [place, count] = checksum_place(protocol);
  std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(place), count, std::uint8_t{0});
  std::uint64_t hash = size;
  for (std::size_t at = 0; at < kHashed; at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + at, sizeof word);
    mix(hash, word);
  }
  return hash;
}

}  // namespace

Placing::Placing(const ir::Host& host, PlacingOptions options) : host_(host), options_(std::move(options)) {
  if (host.assumed) return;
  for (const ir::Interface& interface : host.interfaces)
    if (interface.mac && *interface.mac != 0) own_macs_.push_back(*interface.mac);
}

bool Placing::is_own(ir::u128 mac) const {
  return std::find(own_macs_.begin(), own_macs_.end(), mac) != own_macs_.end();
}

bool Placing::read_signature(std::span<const std::uint8_t> ip, Family& family, Signature& signature) {
  if (ip.empty()) return false;
  const bool v4 = ip[0] >> 4U == 4;
  if ((!v4 && ip[0] >> 4U != 6) || !holds(ip, 0, v4 ? 20 : 40)) return false;
  family = v4 ? Family::kIpv4 : Family::kIpv6;
  const std::size_t header = v4 ? (ip[0] & 0xfU) * std::size_t{4} : 40;
  const std::uint8_t protocol = ip[v4 ? 9 : 6];
  signature.ttl = ip[v4 ? 8 : 7];
  signature.source = load_number(ip, v4 ? 12 : 8, v4 ? 4 : 16);
  signature.destination = load_number(ip, v4 ? 16 : 24, v4 ? 4 : 16);
  mix(signature.hash, protocol);
  mix(signature.hash, v4 ? load32(ip, 4) : load16(ip, 4));  // identification and fragment, or length
  if (v4) mix(signature.hash, load16(ip, 2));
  const bool ports = has_ports(protocol) && holds(ip, header, 4);
  if (ports) {
    signature.source_port = load16(ip, header);
    signature.destination_port = load16(ip, header + 2);
  }
  mix(signature.hash, hash_transport(ip.subspan(std::min(header, ip.size())), protocol, ports));
  return true;
}

std::string Placing::interface_of(const CapturedPacket& packet, const LinkInfo& link) const {
  std::string name = packet.interface;
  if (name == "any") name.clear();  // what a cooked capture of all interfaces is called
  if (link.interface_index != 0)
    if (const auto found = options_.numbers.find(link.interface_index); found != options_.numbers.end())
      name = found->second;
  for (const auto& mac : {link.destination_mac, link.source_mac}) {
    if (!name.empty() || !mac) continue;
    for (const MacInterface& row : options_.macs)
      if (row.mac == *mac) name = row.interface;
    for (const ir::Interface& interface : host_.interfaces)
      if (name.empty() && is_own(*mac) && interface.mac == mac) name = interface.name;
  }
  if (name.empty()) name = options_.in;
  for (std::size_t i = 0; i < link.vlan_count; ++i) {
    const std::string tag = std::to_string(link.vlans[i]);
    for (const std::string& tagged : {name + '.' + tag, "vlan" + tag})
      if (host_.find_interface(tagged) != nullptr) {
        name = tagged;
        break;
      }
  }
  return name;
}

Placing::Way Placing::way_of(const CapturedPacket& packet, const LinkInfo& link) const {
  if (packet.direction == Direction::kIncoming) return Way::kIn;
  if (packet.direction == Direction::kOutgoing) return Way::kOut;
  if (link.packet_type) return *link.packet_type == kPacketOutgoing ? Way::kOut : Way::kIn;
  if (link.source_mac && is_own(*link.source_mac)) return Way::kOut;
  if (link.destination_mac && is_own(*link.destination_mac)) return Way::kIn;
  return Way::kUnknown;
}

/// One end at least is as it was, and the time to live is one less. Without a known direction the packet must have been
/// on another interface.
bool Placing::arrived_before(const Signature& signature, Nanoseconds now, const std::string& interface, Way way) const {
  if (sights_.empty()) return false;
  const Sight& sight = sights_[signature.hash % kRemembered];
  const Signature& then = sight.signature;
  const bool same_source = then.source == signature.source && then.source_port == signature.source_port;
  const bool same_destination =
      then.destination == signature.destination && then.destination_port == signature.destination_port;
  if (then.hash != signature.hash || (!same_source && !same_destination)) return false;
  if (now < sight.time || now - sight.time > kForwardedWithin || signature.ttl + 1 != then.ttl) return false;
  return way == Way::kOut || std::hash<std::string>()(interface) != sight.interface;
}

void Placing::remember(const Signature& signature, Nanoseconds now, const std::string& interface) {
  if (sights_.empty()) sights_.resize(kRemembered);
  sights_[signature.hash % kRemembered] = {signature, now, std::hash<std::string>()(interface)};
}

PlacedPacket Placing::place(const CapturedPacket& packet) {
  PlacedPacket placed;
  LinkInfo link;
  place(packet, decode_link(packet.data, packet.link, link) ? &link : nullptr, placed);
  return placed;
}

void Placing::place(const CapturedPacket& packet, const LinkInfo* link, PlacedPacket& placed) {
  placed.seen_before = placed.for_another = placed.only_leaving = false;
  placed.arrival.in.clear();
  placed.arrival.direction = Direction::kDetect;
  placed.arrival.time = packet.time;
  if (placed.arrival.sender || packet.sender) placed.arrival.sender = packet.sender;
  if (link == nullptr) return;
  Family family{};
  Signature signature;
  const bool named = !packet.interface.empty() || link->interface_index != 0 || link->vlan_count != 0 ||
                     !options_.macs.empty() || !own_macs_.empty();
  if (named)
    placed.arrival.in = interface_of(packet, *link);
  else
    placed.arrival.in = options_.in;  // nothing says more
  placed.for_another = link->packet_type == kPacketOtherHost;
  const bool twice_possible = link->packet_type || !own_macs_.empty() || !packet.interface.empty();
  if (!twice_possible || placed.for_another || !read_signature(packet.data.subspan(link->ip_offset), family, signature))
    return;
  const ir::Interface* interface = host_.find_interface(placed.arrival.in);
  if (interface != nullptr && interface->loopback) return;  // what is seen there was sent by the host
  const Way way = way_of(packet, *link);
  if (way != Way::kIn) {
    placed.seen_before = arrived_before(signature, packet.time, placed.arrival.in, way);
    if (placed.seen_before) return;
  }
  const bool own = host_.is_local(signature.source, family);
  if (own && host_.is_local(signature.destination, family)) return;  // from itself to itself
  switch (way) {
    case Way::kIn: placed.arrival.direction = Direction::kIncoming; break;
    case Way::kOut:
      placed.arrival.direction = own ? Direction::kOutgoing : Direction::kIncoming;
      placed.only_leaving = !own;
      if (!own) placed.arrival.in.clear();
      break;
    case Way::kUnknown: break;
  }
  const bool arrives = way == Way::kIn || (way == Way::kUnknown && !own);
  if (arrives) remember(signature, packet.time, placed.arrival.in);
}

}  // namespace nfproof::sim
