// SPDX-License-Identifier: Apache-2.0
// Values of looked-up fields, with the matches' own rules about headers that are cut short: xt_esp.c, xt_ipcomp.c,
// xt_dccp.c (net/netfilter), ipt_ah.c, ipt_rpfilter.c (net/ipv4/netfilter), ip6t_ah.c, ip6t_eui64.c, ip6t_frag.c,
// ip6t_hbh.c, ip6t_ipv6header.c, ip6t_mh.c, ip6t_rpfilter.c, ip6t_rt.c (net/ipv6/netfilter).
#include "sim/evaluate_lookup.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <variant>

#include "sim/evaluate_kinds.h"
#include "sim/extension_header.h"
#include "sim/routing.h"

namespace nfproof::sim {
namespace {

using ir::FieldId;
using ir::Presence;
using ir::u128;

/// A value, or how the match ends without one.
using Lookup = std::variant<u128, Truth>;

// --- Transport headers ---

struct Read {
  std::size_t needed = 0;  ///< bytes of the header that the match wants
  std::size_t at = 0;
  std::size_t size = 0;
};

std::optional<Read> transport_read(FieldId field) {
  switch (field) {
    case FieldId::kEspSpi: return Read{8, 0, 4};
    case FieldId::kAhSpi: return Read{12, 4, 4};
    case FieldId::kAhReserved: return Read{12, 2, 2};
    case FieldId::kAhLength: return Read{12, 1, 1};
    case FieldId::kCompCpi: return Read{4, 2, 2};
    case FieldId::kMhType: return Read{6, 2, 1};
    case FieldId::kDccpType: return Read{12, 8, 1};
    default: return std::nullopt;
  }
}

u128 number_at(ByteView bytes, std::size_t offset, FieldId field, const Read& read) {
  const u128 raw = load_number(bytes, offset + read.at, read.size);
  if (field == FieldId::kAhLength) return (raw + 2) * 4;
  return field == FieldId::kDccpType ? raw >> 1 & 0xf : raw;
}

/// struct dccp_hdr with its extension and the part that depends on the packet type.
std::size_t dccp_header_size(std::uint8_t type, bool long_sequence) {
  constexpr std::array<std::uint8_t, 10> kByType = {4, 12, 0, 8, 8, 8, 8, 12, 8, 8};
  return 12U + (long_sequence ? 4U : 0U) + (type < kByType.size() ? kByType[type] : 12U);
}

Lookup dccp_option(const DecodedPacket& packet, std::uint8_t kind) {
  const ByteView bytes = packet.bytes;
  const std::size_t start = packet.transport;
  const std::uint8_t flags = bytes[start + 8];
  const std::size_t header = dccp_header_size(flags >> 1 & 0xfU, (flags & 1U) != 0);
  const std::size_t all = bytes[start + 4] * 4U;
  if (all < header) return Truth::kHotdrop;
  if (all == header) return u128{0};  // even where the header is not whole
  if (!holds(bytes, start, all)) return Truth::kHotdrop;
  const ByteView options = bytes.subspan(start + header, all - header);
  for (std::size_t i = 0; i < options.size();) {
    if (options[i] == kind) return u128{1};
    const bool single = options[i] < 2 || i + 1 >= options.size();
    i += single ? 1 : std::max<std::size_t>(options[i + 1], 1);
  }
  return u128{0};
}

Lookup transport_value(const DecodedPacket& packet, const ir::FieldTest& test) {
  if (packet.broken_chain || !ir::is_present(packet.fields, ir::field_info(test.field).presence)) return Truth::kFalse;
  const Read read = transport_read(test.field).value_or(Read{12, 0, 0});
  if (!packet.has_transport(read.needed)) return Truth::kHotdrop;
  if (test.field == FieldId::kDccpOption) return dccp_option(packet, static_cast<std::uint8_t>(test.argument));
  constexpr std::uint8_t kNoNext = 59;
  if (test.field == FieldId::kMhType && packet.bytes[packet.transport] != kNoNext) return Truth::kHotdrop;
  return number_at(packet.bytes, packet.transport, test.field, read);
}

// --- Extension headers of IPv6 ---

std::uint8_t header_number(Presence presence) {
  switch (presence) {
    case Presence::kHopByHop: return kHopByHopHeader;
    case Presence::kDestinationOptions: return kDestinationHeader;
    case Presence::kRouting: return kRoutingHeader;
    case Presence::kFragmentHeader: return kFragmentHeader;
    default: return kAuthenticationHeader;
  }
}

std::size_t header_needed(Presence presence) {
  switch (presence) {
    case Presence::kHopByHop:
    case Presence::kDestinationOptions: return 2;
    case Presence::kRouting: return 4;
    case Presence::kFragmentHeader: return 8;
    default: return 12;
  }
}

Lookup read_extension(ByteView bytes, std::size_t offset, FieldId field) {
  switch (field) {
    case FieldId::kHbhLength:
    case FieldId::kDstLength:
    case FieldId::kRtLength: return u128{(bytes[offset + 1] + 1U) * 8U};
    case FieldId::kRtType: return u128{bytes[offset + 2]};
    case FieldId::kRtSegmentsLeft: return u128{bytes[offset + 3]};
    case FieldId::kRtReserved:
      if (!holds(bytes, offset, 8)) return Truth::kHotdrop;
      return u128{load32(bytes, offset + 4)};
    case FieldId::kFragId: return u128{load32(bytes, offset + 4)};
    case FieldId::kFragOffset: return static_cast<u128>(load16(bytes, offset + 2) >> 3U);
    case FieldId::kFragMore: return static_cast<u128>(load16(bytes, offset + 2) & 1U);
    case FieldId::kFragReserved:
      return static_cast<u128>(bytes[offset + 1] * 4U + (load16(bytes, offset + 2) >> 1U & 3U));
    default: return number_at(bytes, offset, field, transport_read(field).value_or(Read{}));
  }
}

Lookup extension_value(const DecodedPacket& packet, FieldId field) {
  if (packet.family() != ir::Family::kIpv6) return Truth::kFalse;
  const Presence presence = ir::field_info(field).presence;
  const FoundHeader found = find_extension(packet.bytes, header_number(presence));
  if (found.state == FoundHeader::State::kAbsent) return Truth::kFalse;
  if (found.state == FoundHeader::State::kBroken || !holds(packet.bytes, found.offset, header_needed(presence)))
    return Truth::kHotdrop;
  const bool sized = presence != Presence::kFragmentHeader && presence != Presence::kAh;
  const std::size_t size = (packet.bytes[found.offset + 1] + 1U) * 8U;
  if (sized && packet.length - found.offset < size) return Truth::kHotdrop;
  return read_extension(packet.bytes, found.offset, field);
}

Lookup headers_value(const DecodedPacket& packet) {
  if (packet.family() != ir::Family::kIpv6) return Truth::kFalse;
  bool broken = false;
  if (const auto found = headers_present(packet.bytes, packet.length, broken)) return u128{*found};
  return broken ? Truth::kHotdrop : Truth::kFalse;
}

Lookup eui64_value(const DecodedPacket& packet) {
  const auto mac = packet.fields.get(FieldId::kEtherSaddr);
  if (!mac || packet.family() != ir::Family::kIpv6) return Truth::kFalse;
  const u128 made = (*mac >> 24 ^ 0x020000U) << 40 | u128{0xfffe} << 24 | (*mac & 0xffffffU);
  return u128{(packet.fields.source() & ir::max_of_bits(64)) == made ? 1U : 0U};
}

// --- The host ---

Lookup group_value(const EvaluationContext& context, const std::string& name) {
  const ir::Interface* found = context.host.find_interface(name);
  return u128{found == nullptr ? 0U : found->group};
}

Lookup lookup(const EvaluationContext& context, const ir::FieldTest& test) {
  const DecodedPacket& packet = context.packet;
  switch (test.field) {
    case FieldId::kIp6Headers: return headers_value(packet);
    case FieldId::kIp6Eui64: return eui64_value(packet);
    case FieldId::kIifGroup: return group_value(context, packet.fields.in);
    case FieldId::kOifGroup: return group_value(context, packet.fields.out);
    case FieldId::kReversePath: return u128{passes_reverse_path(packet, context.host, test.argument) ? 1U : 0U};
    default: break;
  }
  const Presence presence = ir::field_info(test.field).presence;
  const bool transport = presence == Presence::kEsp || presence == Presence::kIpcomp || presence == Presence::kMh ||
                         presence == Presence::kDccp ||
                         (presence == Presence::kAh && packet.family() == ir::Family::kIpv4);
  return transport ? transport_value(packet, test) : extension_value(packet, test.field);
}

/// What neither the packet nor the description of the host says.
bool is_beside(FieldId field) {
  return field == FieldId::kCpu || field == FieldId::kRealm || field == FieldId::kIpsecIn ||
         field == FieldId::kIpsecOut;
}

}  // namespace

Truth evaluate_lookup(const EvaluationContext& context, const Place& place, const ir::FieldTest& test) {
  const ir::FieldInfo& info = ir::field_info(test.field);
  if (!ir::is_present(context.packet.fields, info.presence)) return Truth::kFalse;
  const auto chosen = ir::needs_lookup(test) ? context.oracle.chosen(place, info.name) : std::nullopt;
  if (chosen) return truth(*chosen);
  if (is_beside(test.field)) return not_evaluated(context, place, info.name);
  const Lookup found = lookup(context, test);
  if (const auto* end = std::get_if<Truth>(&found)) return *end;
  return truth(test.values.contains(std::get<u128>(found)) != test.negated);
}

}  // namespace nfproof::sim
