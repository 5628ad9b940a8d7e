// SPDX-License-Identifier: Apache-2.0
// Decoding of IPv4 and IPv6 headers and of the transport headers behind them (net/ipv4/ip_input.c: ip_rcv_core,
// net/ipv6/ip6_input.c: ip6_rcv_core, net/ipv6/exthdrs_core.c).
#include "sim/decode.h"

#include <algorithm>

#include "sim/checksum.h"

namespace nfproof::sim {
namespace {

using ir::Family;
using ir::FieldId;

constexpr std::uint8_t kHopByHop = 0;
constexpr std::uint8_t kRouting = 43;
constexpr std::uint8_t kFragment = 44;
constexpr std::uint8_t kAuthentication = 51;
constexpr std::uint8_t kNoNext = 59;
constexpr std::uint8_t kDestinationOptions = 60;

bool is_extension(std::uint8_t header) {
  return header == kHopByHop || header == kRouting || header == kFragment || header == kAuthentication ||
         header == kDestinationOptions;
}

bool read_ipv4_length(ByteView ip, std::size_t& length, std::string& why) {
  if (ip.size() < 20) return why = "IPv4 header is cut short", false;
  const std::size_t header = (ip[0] & 0xfU) * 4U;
  if (header < 20 || ip.size() < header) return why = "IPv4 header length is wrong", false;
  if (finish_sum(internet_sum(ip.first(header))) != 0) return why = "IPv4 header checksum is wrong", false;
  length = load16(ip, 2);
  if (length < header) return why = "IPv4 total length is shorter than the header", false;
  return true;
}

bool read_ipv6_length(ByteView ip, std::size_t& length, std::string& why) {
  if (ip.size() < 40) return why = "IPv6 header is cut short", false;
  const std::size_t payload = load16(ip, 4);
  // A jumbogram says its length elsewhere.
  length = payload == 0 && ip[6] == kHopByHop ? ip.size() : payload + 40;
  return true;
}

void decode_ipv4(DecodedPacket& packet) {
  const ByteView ip = packet.bytes;
  packet.transport = (ip[0] & 0xfU) * 4U;
  const std::uint16_t word = load16(ip, 6);
  packet.fragment_offset = (word & 0x1fffU) * 8U;
  packet.more_fragments = (word & 0x2000U) != 0;
  packet.fragment = packet.more_fragments || packet.fragment_offset != 0;
  packet.fragment_id = load16(ip, 4);
  packet.fields.set(FieldId::kIpTos, ip[1]);
  packet.fields.set(FieldId::kLength, load16(ip, 2));
  packet.fields.set(FieldId::kIpFragOffset, word & 0x1fffU);
  packet.fields.set(FieldId::kIpTtl, ip[8]);
  packet.fields.set(FieldId::kL4Proto, ip[9]);
  packet.fields.set(FieldId::kIpSaddr, load32(ip, 12));
  packet.fields.set(FieldId::kIpDaddr, load32(ip, 16));
}

void decode_ipv6(DecodedPacket& packet) {
  const ByteView ip = packet.bytes;
  const ExtensionChain chain = walk_extensions(ip, 0);
  packet.transport = chain.offset;
  packet.broken_chain = chain.end == ExtensionChain::End::kBroken;
  packet.fragment = chain.fragment;
  packet.more_fragments = chain.more_fragments;
  packet.fragment_offset = chain.fragment_offset;
  packet.fragment_header = chain.fragment_header;
  const bool has_id = chain.fragment && holds(ip, chain.fragment_header, 8);
  packet.fragment_id = has_id ? load32(ip, chain.fragment_header + 4) : 0;
  packet.fields.set(FieldId::kIp6Tclass, (load16(ip, 0) >> 4) & 0xffU);
  packet.fields.set(FieldId::kLength, (load16(ip, 4) + 40U) & 0xffffU);
  packet.fields.set(FieldId::kIp6HopLimit, ip[7]);
  packet.fields.set(FieldId::kIp6FragOffset, chain.fragment_offset / 8);
  packet.fields.set(FieldId::kIp6Saddr, load_number(ip, 8, 16));
  packet.fields.set(FieldId::kIp6Daddr, load_number(ip, 24, 16));
  if (packet.broken_chain)
    packet.fields.clear(FieldId::kL4Proto);
  else
    packet.fields.set(FieldId::kL4Proto, chain.protocol);
}

void set_ports(DecodedPacket& packet) {
  if (packet.has_transport(2)) packet.fields.set(FieldId::kThSport, load16(packet.bytes, packet.transport));
  if (packet.has_transport(4)) packet.fields.set(FieldId::kThDport, load16(packet.bytes, packet.transport + 2));
}

void decode_transport(DecodedPacket& packet) {
  for (const FieldId field : {FieldId::kThSport, FieldId::kThDport, FieldId::kTcpFlags, FieldId::kTcpMss,
                              FieldId::kIcmpTypeCode, FieldId::kIcmp6TypeCode})
    packet.fields.clear(field);
  if (packet.broken_chain || packet.fields.is_later_fragment()) return;
  switch (packet.protocol()) {
    case ir::kProtoTcp:
      set_ports(packet);
      if (packet.has_transport(14)) packet.fields.set(FieldId::kTcpFlags, packet.bytes[packet.transport + 13]);
      if (const auto mss = tcp_mss(packet.bytes, packet.transport)) packet.fields.set(FieldId::kTcpMss, *mss);
      return;
    case ir::kProtoUdp:
    case ir::kProtoUdplite:
    case ir::kProtoSctp:
    case ir::kProtoDccp: set_ports(packet); return;
    case ir::kProtoIcmp:
      if (packet.has_transport(2)) packet.fields.set(FieldId::kIcmpTypeCode, load16(packet.bytes, packet.transport));
      return;
    case ir::kProtoIcmp6:
      if (packet.has_transport(2)) packet.fields.set(FieldId::kIcmp6TypeCode, load16(packet.bytes, packet.transport));
      return;
    default: return;
  }
}

/// The option bytes of a TCP header; nothing when they are not all there.
std::optional<ByteView> tcp_options(ByteView ip, std::size_t transport) {
  if (!holds(ip, transport, 20)) return std::nullopt;
  const std::size_t header = (ip[transport + 12] >> 4) * 4U;
  if (header < 20 || !holds(ip, transport, header)) return std::nullopt;
  return ip.subspan(transport + 20, header - 20);
}

/// Steps to the next option the way the option matches of xtables do.
std::size_t option_step(ByteView options, std::size_t at) {
  if (options[at] < 2 || at + 1 >= options.size()) return 1;
  return std::max<std::size_t>(options[at + 1], 1);
}

}  // namespace

ExtensionChain walk_extensions(ByteView ip, std::size_t start) {
  ExtensionChain chain;
  if (!holds(ip, start, 40)) return chain;
  std::uint8_t header = ip[start + 6];
  std::size_t offset = start + 40;
  while (is_extension(header)) {
    if (header == kFragment) {
      chain.fragment = true;
      chain.fragment_header = offset;
    }
    if (!holds(ip, offset, header == kRouting ? 4 : 2)) return chain;
    std::size_t size = (ip[offset + 1] + 1U) * 8U;
    if (header == kAuthentication) size = (ip[offset + 1] + 2U) * 4U;
    if (header == kFragment) {
      if (!holds(ip, offset, 4)) return chain;  // the identification may be cut off
      const std::uint16_t word = load16(ip, offset + 2);
      chain.more_fragments = (word & 1U) != 0;
      chain.fragment_offset = word & 0xfff8U;
      size = 8;
      if (chain.fragment_offset != 0) {
        if (is_extension(ip[offset])) return chain;
        chain.end = ExtensionChain::End::kLaterFragment;
        chain.protocol = ip[offset];
        chain.offset = offset + 8;
        return chain;
      }
    }
    header = ip[offset];
    offset += size;
  }
  chain.end = header == kNoNext ? ExtensionChain::End::kNoNextHeader : ExtensionChain::End::kTransport;
  chain.protocol = header;
  chain.offset = offset;
  return chain;
}

std::optional<std::uint16_t> tcp_mss(ByteView ip, std::size_t transport) {
  const auto options = tcp_options(ip, transport);
  if (!options) return std::nullopt;
  for (std::size_t i = 0; i < options->size(); i += option_step(*options, i))
    if ((*options)[i] == 2 && options->size() - i >= 4 && (*options)[i + 1] == 4) return load16(*options, i + 2);
  return std::nullopt;
}

std::optional<bool> has_tcp_option(ByteView ip, std::size_t transport, std::uint8_t kind) {
  const auto options = tcp_options(ip, transport);
  if (!options) return std::nullopt;
  for (std::size_t i = 0; i < options->size(); i += option_step(*options, i))
    if ((*options)[i] == kind) return true;
  return false;
}

void refresh(DecodedPacket& packet) {
  packet.broken_chain = false;
  if (packet.family() == Family::kIpv4)
    decode_ipv4(packet);
  else
    decode_ipv6(packet);
  decode_transport(packet);
}

bool read_ip_length(ByteView ip, std::size_t original_length, std::size_t& length, std::string& why) {
  if (ip.empty()) return why = "there is no IP header", false;
  const unsigned version = ip[0] >> 4;
  if (version != 4 && version != 6) return why = "the IP version is neither 4 nor 6", false;
  if (!(version == 4 ? read_ipv4_length(ip, length, why) : read_ipv6_length(ip, length, why))) return false;
  if (length > std::max(ip.size(), original_length)) return why = "the IP length exceeds the packet", false;
  return true;
}

bool decode_packet(ByteView ip, std::size_t original_length, DecodedPacket& packet, std::string& why) {
  std::size_t length = 0;
  if (!read_ip_length(ip, original_length, length, why)) return false;
  packet.fields.clear_all();
  packet.fields.in.clear();
  packet.fields.out.clear();
  packet.fields.hook = ir::Hook::kInput;
  packet.fragment_header = 0;
  packet.has_link = false;
  packet.blocks.clear();
  packet.largest_fragment = 0;
  packet.fields.family = ip[0] >> 4 == 4 ? Family::kIpv4 : Family::kIpv6;
  const ByteView all = ip.first(std::min(length, ip.size()));
  packet.bytes.assign(all.begin(), all.end());
  packet.length = static_cast<std::uint32_t>(length);
  packet.cut_short = all.size() < length;
  refresh(packet);
  return true;
}

std::optional<DecodedPacket> decode_packet(ByteView ip, std::size_t original_length, std::string& why) {
  DecodedPacket packet;
  if (!decode_packet(ip, original_length, packet, why)) return std::nullopt;
  return packet;
}

}  // namespace nfproof::sim
