// SPDX-License-Identifier: Apache-2.0
// Lists in IPv6 headers and the L2TP header (net/ipv6/netfilter/ip6t_hbh.c, ip6t_rt.c, ip6t_srh.c,
// net/netfilter/xt_l2tp.c): see evaluate_kinds.h.
#include <algorithm>
#include <array>
#include <optional>

#include "sim/evaluate_kinds.h"
#include "sim/extension_header.h"

namespace nfproof::sim {
namespace {

using State = FoundHeader::State;

/// Where a header is and how many bytes its length field gives; nothing, with `end`, when the match ends without one.
struct SizedHeader {
  std::size_t offset = 0;
  std::size_t size = 0;
};
std::optional<SizedHeader> sized_header(const DecodedPacket& packet, std::uint8_t number, std::size_t needed,
                                        Truth& end) {
  end = Truth::kFalse;
  const FoundHeader found = find_extension(packet.bytes, number);
  if (packet.family() != ir::Family::kIpv6 || found.state == State::kAbsent) return std::nullopt;
  if (found.state == State::kBroken || !holds(packet.bytes, found.offset, needed)) {
    end = Truth::kHotdrop;
    return std::nullopt;
  }
  const std::size_t size = (packet.bytes[found.offset + 1] + 1U) * 8U;
  if (packet.length - found.offset < size) {
    end = Truth::kHotdrop;
    return std::nullopt;
  }
  return SizedHeader{found.offset, size};
}

bool same_address(ByteView bytes, std::size_t offset, const std::array<std::uint8_t, 16>& address) {
  return std::equal(address.begin(), address.end(), bytes.begin() + static_cast<std::ptrdiff_t>(offset));
}

/// All listed options stand at the begin, in order. `left` counts what the header's length leaves, and goes below 0
/// only after the last one.
bool begins_with(ByteView bytes, const SizedHeader& header, const ir::Ip6OptionList& test, std::size_t length) {
  std::size_t at = header.offset + 2;
  std::size_t left = header.size - 2;
  for (std::size_t i = 0; i < test.options.size(); ++i) {
    const ir::Ip6OptionList::Option& wanted = test.options[i];
    if (left < 1 || !holds(bytes, at, 1) || bytes[at] != wanted.type) return false;
    std::size_t size = 1;  // Pad1 has no length
    if (wanted.type != 0) {
      if (left < 2 || !holds(bytes, at, 2)) return false;
      if (wanted.length != ir::Ip6OptionList::kAnyLength && wanted.length != bytes[at + 1]) return false;
      size = bytes[at + 1] + 2U;
    }
    const bool last = i + 1 == test.options.size();
    if (!last && (at + size > length || left < size)) return false;
    at += size;
    left -= std::min(left, size);
  }
  return true;
}

bool compares(const ir::SegmentRouting::Test& test, unsigned number) {
  switch (test.compare) {
    case ir::SegmentRouting::Compare::kEqual: return (number == test.number) != test.negated;
    case ir::SegmentRouting::Compare::kGreater: return (number > test.number) != test.negated;
    case ir::SegmentRouting::Compare::kLess: return (number < test.number) != test.negated;
  }
  return false;
}

bool in_network(ByteView bytes, std::size_t offset, const ir::SegmentRouting::Test& test) {
  if (!holds(bytes, offset, 16)) return false;
  bool equal = true;
  for (std::size_t i = 0; i < 16; ++i) equal = equal && ((bytes[offset + i] ^ test.address[i]) & test.mask[i]) == 0;
  return equal != test.negated;
}

bool srh_holds(ByteView bytes, std::size_t at, const ir::SegmentRouting::Test& test) {
  using What = ir::SegmentRouting::What;
  const unsigned left = bytes[at + 3];
  const unsigned last = bytes[at + 4];
  const auto segment = [at](std::size_t index) { return at + 8 + 16 * index; };
  switch (test.what) {
    case What::kNextHeader: return compares(test, bytes[at]);
    case What::kLength: return compares(test, bytes[at + 1]);
    case What::kSegmentsLeft: return compares(test, left);
    case What::kLastEntry: return compares(test, last);
    case What::kTag: return compares(test, load16(bytes, at + 6));
    case What::kPreviousSegment: return left != last && in_network(bytes, segment(left + 1U), test);
    case What::kNextSegment: return left != 0 && in_network(bytes, segment(left - 1U), test);
    case What::kLastSegment: return in_network(bytes, segment(0), test);
  }
  return false;
}

struct L2tpHeader {
  bool control = false;
  unsigned version = 3;
  std::uint32_t tunnel = 0;
  std::uint32_t session = 0;
};

std::optional<L2tpHeader> l2tp_over_udp(ByteView bytes, std::size_t at) {
  if (!holds(bytes, at, 2)) return std::nullopt;
  const unsigned flags = load16(bytes, at);
  L2tpHeader header;
  header.control = (flags & 0x8000U) != 0;
  header.version = flags & 0xfU;
  if (header.version == 3) {
    if (!holds(bytes, at + 4, 4)) return std::nullopt;
    (header.control ? header.tunnel : header.session) = load32(bytes, at + 4);
    return header;
  }
  if (header.version != 2) return std::nullopt;
  const std::size_t ids = at + ((flags & 0x4000U) != 0 ? 4U : 2U);
  if (!holds(bytes, ids, 4)) return std::nullopt;
  header.tunnel = load16(bytes, ids);
  header.session = load16(bytes, ids + 2);
  return header;
}

std::optional<L2tpHeader> l2tp_over_ip(ByteView bytes, std::size_t at) {
  if (!holds(bytes, at, 4)) return std::nullopt;
  L2tpHeader header;
  header.session = load32(bytes, at);
  header.control = header.session == 0;
  if (!header.control) return header;
  if (!holds(bytes, at + 8, 4)) return std::nullopt;
  header.tunnel = load32(bytes, at + 8);
  return header;
}

}  // namespace

Truth evaluate_kind(const EvaluationContext& context, const Place&, const ir::Ip6OptionList& test) {
  Truth end{};
  const std::uint8_t number = test.destination ? kDestinationHeader : kHopByHopHeader;
  const auto header = sized_header(context.packet, number, 2, end);
  if (!header) return end;
  return truth(begins_with(context.packet.bytes, *header, test, context.packet.length));
}

Truth evaluate_kind(const EvaluationContext& context, const Place&, const ir::RoutingAddresses& test) {
  Truth end{};
  const ByteView bytes = context.packet.bytes;
  const auto header = sized_header(context.packet, kRoutingHeader, 4, end);
  if (!header) return end;
  const std::size_t there = (header->size - 8) / 16;
  if (test.addresses.size() > there) return Truth::kFalse;
  std::size_t met = 0;
  for (std::size_t i = 0; i < there && met < test.addresses.size(); ++i) {
    const std::size_t at = header->offset + 8 + 16 * i;
    if (!holds(bytes, at, 16)) return Truth::kHotdrop;
    if (same_address(bytes, at, test.addresses[met]))
      ++met;
    else if (!test.in_any_place)
      return Truth::kFalse;
  }
  return truth(met == test.addresses.size() && (test.in_any_place || met == there));
}

Truth evaluate_kind(const EvaluationContext& context, const Place&, const ir::SegmentRouting& test) {
  Truth end{};
  const ByteView bytes = context.packet.bytes;
  const auto header = sized_header(context.packet, kRoutingHeader, 8, end);
  constexpr std::uint8_t kSegmentRoutingType = 4;
  if (!header || bytes[header->offset + 2] != kSegmentRoutingType) return Truth::kFalse;  // it never drops
  if (bytes[header->offset + 3] > bytes[header->offset + 4]) return Truth::kFalse;
  return truth(std::all_of(test.tests.begin(), test.tests.end(),
                           [&](const auto& each) { return srh_holds(bytes, header->offset, each); }));
}

Truth evaluate_kind(const EvaluationContext& context, const Place&, const ir::L2tpTest& test) {
  const DecodedPacket& packet = context.packet;
  constexpr std::uint8_t kL2tp = 115;
  const bool udp = packet.protocol() == ir::kProtoUdp;
  if (packet.broken_chain || packet.fields.is_later_fragment() || (!udp && packet.protocol() != kL2tp))
    return Truth::kFalse;
  const auto header =
      udp ? l2tp_over_udp(packet.bytes, packet.transport + 8) : l2tp_over_ip(packet.bytes, packet.transport);
  if (!header) return Truth::kFalse;
  using Type = ir::L2tpTest::Type;
  if (test.type != Type::kAny && (test.type == Type::kControl) != header->control) return Truth::kFalse;
  if (test.version != 0 && test.version != header->version) return Truth::kFalse;
  if (test.has_tunnel && (header->control || header->version == 2) && test.tunnel != header->tunnel)
    return Truth::kFalse;
  return truth(!test.has_session || header->control || test.session == header->session);
}

}  // namespace nfproof::sim
