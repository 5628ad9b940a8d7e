// SPDX-License-Identifier: Apache-2.0
// Resets and ICMP errors, byte by byte: see answer.h.
#include "sim/answer.h"

#include <algorithm>

#include "sim/checksum.h"

namespace nfproof::sim {
namespace {

using ir::Family;
using ir::RejectWith;
using Bytes = std::vector<std::uint8_t>;

constexpr std::uint8_t kDefaultHops = 64;  ///< net.ipv4.ip_default_ttl, net.ipv6.conf.all.hop_limit

struct ErrorKind {
  RejectWith with;
  Family family;
  std::uint8_t code;
};

constexpr ErrorKind kErrors[] = {
    {RejectWith::kIcmpNetUnreachable, Family::kIpv4, 0},   {RejectWith::kIcmpHostUnreachable, Family::kIpv4, 1},
    {RejectWith::kIcmpProtoUnreachable, Family::kIpv4, 2}, {RejectWith::kIcmpPortUnreachable, Family::kIpv4, 3},
    {RejectWith::kIcmpNetProhibited, Family::kIpv4, 9},    {RejectWith::kIcmpHostProhibited, Family::kIpv4, 10},
    {RejectWith::kIcmpAdminProhibited, Family::kIpv4, 13}, {RejectWith::kIcmp6NoRoute, Family::kIpv6, 0},
    {RejectWith::kIcmp6AdmProhibited, Family::kIpv6, 1},   {RejectWith::kIcmp6AddrUnreachable, Family::kIpv6, 3},
    {RejectWith::kIcmp6PortUnreachable, Family::kIpv6, 4}, {RejectWith::kIcmp6PolicyFail, Family::kIpv6, 5},
    {RejectWith::kIcmp6RejectRoute, Family::kIpv6, 6},
};

const ErrorKind* find_error(RejectWith with) {
  const auto found =
      std::find_if(std::begin(kErrors), std::end(kErrors), [&](const auto& e) { return e.with == with; });
  return found == std::end(kErrors) ? nullptr : found;
}

/// nf_reject_verify_csum: protocols whose checksum is optional, partial or another one. Of all others IPv6 wants the
/// payload to sum up, be there a checksum or not; measured: IPv4 does not.
bool is_summed(std::uint8_t protocol, bool v4) {
  constexpr std::uint8_t kGre = 47;
  if (v4) return protocol == ir::kProtoTcp || protocol == ir::kProtoUdp || protocol == ir::kProtoIcmp;
  constexpr std::uint8_t kNotSummed[] = {kGre, ir::kProtoAh, ir::kProtoEsp, ir::kProtoSctp, ir::kProtoUdplite};
  return std::find(std::begin(kNotSummed), std::end(kNotSummed), protocol) == std::end(kNotSummed);
}

/// Errors are not sent about packets whose checksum is wrong.
bool sums_up(const DecodedPacket& packet) {
  const std::uint8_t protocol = packet.protocol();
  const bool v4 = packet.family() == Family::kIpv4;
  if (!is_summed(protocol, v4) || packet.cut_short) return true;
  const bool known =
      protocol == ir::kProtoTcp || protocol == ir::kProtoUdp || protocol == (v4 ? ir::kProtoIcmp : ir::kProtoIcmp6);
  if (known && packet.has_transport(8))
    return transport_checksum_ok(packet.bytes, packet.family(), packet.transport, protocol);
  const ByteView payload = ByteView(packet.bytes).subspan(std::min(packet.transport, packet.bytes.size()));
  const std::uint32_t start =
      v4 && protocol == ir::kProtoIcmp
          ? 0
          : pseudo_header_sum(packet.family(), packet.fields.source(), packet.fields.destination(), protocol,
                              static_cast<std::uint32_t>(payload.size()));
  return finish_sum(internet_sum(payload, start)) == 0;
}

/// An ICMP error, or what the kernel takes for one (icmp_pointers in net/ipv4/icmp.c), is never answered by another.
bool is_icmp_error(const DecodedPacket& packet) {
  const bool v4 = packet.family() == Family::kIpv4;
  if (packet.protocol() != (v4 ? ir::kProtoIcmp : ir::kProtoIcmp6)) return false;
  if (!packet.has_transport(1)) return !v4;
  const std::uint8_t type = packet.bytes[packet.transport];
  if (!v4) return type < 128;
  constexpr std::uint8_t kEchoReply = 0, kEcho = 8, kFirstRequest = 13, kLastRequest = 18;
  return type != kEchoReply && type != kEcho && (type < kFirstRequest || type > kLastRequest);
}

bool is_group_address(const ir::Host& host, ir::u128 address, Family family) {
  if (family == Family::kIpv6) return address >> 120 == 0xff;
  constexpr std::uint32_t kGroups =
      ir::addr_type_bit(ir::AddrType::kBroadcast) | ir::addr_type_bit(ir::AddrType::kMulticast);
  return (host.address_type(address, family) & kGroups) != 0;
}

Bytes ip_header(const DecodedPacket& packet, ir::u128 source, std::uint8_t protocol, std::size_t payload,
                std::uint8_t tos) {
  const bool v4 = packet.family() == Family::kIpv4;
  Bytes header(v4 ? 20 : 40);
  if (v4) {
    header[0] = 0x45;
    header[1] = tos;
    store16(header, 2, static_cast<std::uint32_t>(20 + payload));
    header[8] = kDefaultHops;
    header[9] = protocol;
    store_number(header, 12, 4, source);
    store_number(header, 16, 4, packet.fields.source());
  } else {
    header[0] = 0x60;
    store16(header, 4, static_cast<std::uint32_t>(payload));
    header[6] = protocol;
    header[7] = kDefaultHops;
    store_number(header, 8, 16, source);
    store_number(header, 24, 16, packet.fields.source());
  }
  return header;
}

void finish(Bytes& bytes, Family family, std::size_t transport, std::uint8_t protocol) {
  if (family == Family::kIpv4) fill_header_checksum(bytes);
  fill_transport_checksum(bytes, family, transport, protocol);
}

Bytes reset_to(const DecodedPacket& packet) {
  const ByteView old = ByteView(packet.bytes).subspan(packet.transport);
  Bytes bytes = ip_header(packet, packet.fields.destination(), ir::kProtoTcp, 20, 0);
  const std::size_t tcp = bytes.size();
  if (packet.family() == Family::kIpv4) store16(bytes, 6, 0x4000);  // don't fragment
  bytes.resize(tcp + 20);
  store16(bytes, tcp, load16(old, 2));
  store16(bytes, tcp + 2, load16(old, 0));
  const std::uint8_t flags = old[13];
  const bool acknowledges = (flags & 0x10U) != 0;
  if (acknowledges) {
    store32(bytes, tcp + 4, load32(old, 8));
  } else {
    const std::uint32_t segment = packet.length - static_cast<std::uint32_t>(packet.transport);
    const std::uint32_t header = static_cast<std::uint32_t>(old[12] >> 4U) * 4;
    const std::uint32_t marks = ((flags & 0x02U) != 0 ? 1U : 0U) + (flags & 0x01U);
    store32(bytes, tcp + 8, load32(old, 4) + marks + segment - header);
  }
  bytes[tcp + 12] = 0x50;
  bytes[tcp + 13] = acknowledges ? 0x04 : 0x14;
  finish(bytes, packet.family(), tcp, ir::kProtoTcp);
  return bytes;
}

Bytes error_about(const DecodedPacket& packet, std::uint8_t code, ir::u128 source) {
  const bool v4 = packet.family() == Family::kIpv4;
  const std::size_t most = v4 ? 576 - 20 - 8 : 1280 - 40 - 8;
  const std::size_t quoted = std::min<std::size_t>(packet.bytes.size(), most);
  constexpr std::uint8_t kTosOfErrors = 0xc0;  // IPTOS_PREC_INTERNETCONTROL
  const auto tos = static_cast<std::uint8_t>((packet.bytes[1] & 0x1eU) | kTosOfErrors);
  const std::uint8_t protocol = v4 ? ir::kProtoIcmp : ir::kProtoIcmp6;
  Bytes bytes = ip_header(packet, source, protocol, 8 + quoted, tos);
  const std::size_t icmp = bytes.size();
  bytes.resize(icmp + 8);
  bytes[icmp] = v4 ? 3 : 1;  // destination unreachable
  bytes[icmp + 1] = code;
  bytes.insert(bytes.end(), packet.bytes.begin(), packet.bytes.begin() + static_cast<std::ptrdiff_t>(quoted));
  finish(bytes, packet.family(), icmp, protocol);
  return bytes;
}

}  // namespace

bool gets_reset(const DecodedPacket& packet) {
  return packet.protocol() == ir::kProtoTcp && !packet.fields.is_later_fragment() && packet.has_transport(20) &&
         (packet.bytes[packet.transport + 13] & 0x04U) == 0 &&
         (packet.cut_short ||
          transport_checksum_ok(packet.bytes, packet.family(), packet.transport, packet.protocol()));
}

std::optional<Bytes> answer_to(const DecodedPacket& packet, RejectWith with, const ir::Host& host,
                               std::optional<ir::u128> own) {
  const Family family = packet.family();
  const ir::u128 source = packet.fields.source();
  const ir::u128 destination = packet.fields.destination();
  if (is_group_address(host, destination, family)) return std::nullopt;
  if (family == Family::kIpv6 && (source == 0 || is_group_address(host, source, family))) return std::nullopt;
  if (with == RejectWith::kTcpReset) return gets_reset(packet) ? std::optional(reset_to(packet)) : std::nullopt;
  const ErrorKind* error = find_error(with);
  if (error == nullptr || error->family != family) return std::nullopt;
  if (packet.fields.is_later_fragment() || !sums_up(packet) || is_icmp_error(packet)) return std::nullopt;
  if (packet.fields.get_or(ir::FieldId::kPktType, ir::kPacketHost) != ir::kPacketHost) return std::nullopt;
  constexpr std::uint32_t kAnycast = ir::addr_type_bit(ir::AddrType::kAnycast);
  const bool to_host = host.is_local(destination, family) ||
                       (family == Family::kIpv6 && (host.address_type(destination, family) & kAnycast) != 0);
  if (!to_host && !own) return std::nullopt;
  return error_about(packet, error->code, to_host ? destination : *own);
}

bool ErrorLimit::allows(ir::u128 destination, Family family, const ir::Host& host, std::int64_t now) {
  constexpr std::int64_t kBurst = 6;
  const ir::Route* route = host.route_to(destination, family);
  const ir::Interface* out = route == nullptr ? nullptr : host.find_interface(route->interface);
  if (host.is_local(destination, family) || (out != nullptr && out->loopback)) return true;
  constexpr std::int64_t kInterval = 1'000'000'000;
  const auto [found, is_new] = buckets_.try_emplace(destination, Bucket{kBurst * kInterval, now});
  Bucket& bucket = found->second;
  if (!is_new) bucket.tokens = std::min(bucket.tokens + now - bucket.last, kBurst * kInterval);
  bucket.last = now;
  if (bucket.tokens < kInterval) return false;
  bucket.tokens -= kInterval;
  return true;
}

}  // namespace nfproof::sim
