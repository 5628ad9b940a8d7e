// SPDX-License-Identifier: Apache-2.0
// Evaluation of each kind of predicate, with the matches' own rules about headers that are cut short
// (net/netfilter/xt_tcpudp.c, xt_multiport.c, xt_sctp.c, xt_tcpmss.c, net/ipv6/netfilter/ip6_tables.c).
#include "sim/evaluate.h"

#include <algorithm>
#include <array>
#include <optional>
#include <type_traits>
#include <variant>

#include "compiler/ir/dump.h"
#include "compiler/ir/loose_flags.h"
#include "compiler/ir/set_use.h"
#include "sim/evaluate_kinds.h"
#include "sim/evaluate_lookup.h"
#include "sim/sets.h"

namespace nfproof::sim {
namespace {

using ir::FieldId;
using ir::Presence;

/// How much of the transport header a match on these fields reads.
std::size_t header_needed(Presence presence) {
  switch (presence) {
    case Presence::kPorts: return 4;
    case Presence::kUdp:
    case Presence::kUdplite:
    case Presence::kIcmp:
    case Presence::kIcmp6: return 8;
    case Presence::kSctp:
    case Presence::kDccp: return 12;
    case Presence::kTcp:
    case Presence::kTcpMss: return 20;
    case Presence::kEsp:
    case Presence::kAh:
    case Presence::kIpcomp:
    case Presence::kMh:
    case Presence::kHopByHop:
    case Presence::kDestinationOptions:
    case Presence::kRouting:
    case Presence::kFragmentHeader:  // `evaluate_lookup` knows
    case Presence::kAlways:
    case Presence::kIncoming:
    case Presence::kOutgoing:
    case Presence::kEther:
    case Presence::kIpv4:
    case Presence::kIpv6:
    case Presence::kConntrack:
    case Presence::kConntrack4:
    case Presence::kConntrack6: return 0;
  }
  return 0;
}

/// How much of the transport header nftables reads for a field.
std::size_t header_read(FieldId field, Presence presence) {
  switch (ir::field_info(field).storage) {
    case FieldId::kThSport:
    case FieldId::kIcmpTypeCode:
    case FieldId::kIcmp6TypeCode: return 2;
    case FieldId::kThDport: return 4;
    case FieldId::kTcpFlags: return 14;
    default: return header_needed(presence);
  }
}

/// Would the match drop the packet instead of answering?
bool drops(const DecodedPacket& packet, FieldId field, Presence presence, bool nft = false) {
  if (field == FieldId::kL4Proto) return packet.broken_chain;
  const std::size_t needed = nft ? header_read(field, presence) : header_needed(presence);
  if (needed == 0 || packet.broken_chain) return false;
  if (nft) return ir::is_present(packet.fields, presence) && !packet.has_transport(needed);
  if (presence == Presence::kTcp && packet.protocol() == ir::kProtoTcp && packet.family() == ir::Family::kIpv4 &&
      packet.fragment_offset == 8)
    return true;  // the fragment that could overwrite the flags
  if (!ir::is_present(packet.fields, presence)) return false;
  if (!packet.has_transport(needed)) return true;
  return field == FieldId::kTcpOption && !has_tcp_option(packet.bytes, packet.transport, 0);
}

/// The header that a protocol's own matches read.
Presence own_header(std::uint8_t protocol) {
  switch (protocol) {
    case ir::kProtoTcp: return Presence::kTcp;
    case ir::kProtoUdp: return Presence::kUdp;
    case ir::kProtoUdplite: return Presence::kUdplite;
    case ir::kProtoSctp: return Presence::kSctp;
    case ir::kProtoDccp: return Presence::kDccp;
    case ir::kProtoIcmp: return Presence::kIcmp;
    case ir::kProtoIcmp6: return Presence::kIcmp6;
    default: return Presence::kAlways;
  }
}

std::uint32_t address_type_of(const EvaluationContext& context, const ir::FieldTest& test) {
  const ir::Packet& fields = context.packet.fields;
  if (const auto given = fields.get(test.field)) return static_cast<std::uint32_t>(*given);
  const ir::u128 address = test.field == FieldId::kSaddrType ? fields.source() : fields.destination();
  switch (static_cast<ir::AddrTypeScope>(test.argument)) {
    case ir::AddrTypeScope::kAnyInterface: return context.host.address_type(address, fields.family);
    case ir::AddrTypeScope::kInputInterface: return context.host.address_type(address, fields.family, fields.in);
    case ir::AddrTypeScope::kOutputInterface: return context.host.address_type(address, fields.family, fields.out);
  }
  return 0;
}

/// The number that a field test compares; only for fields that are there.
std::optional<ir::u128> number_of(const EvaluationContext& context, const ir::FieldTest& test) {
  const DecodedPacket& packet = context.packet;
  switch (test.field) {
    case FieldId::kSaddrType:
    case FieldId::kDaddrType: return address_type_of(context, test);
    case FieldId::kTcpOption: {
      const auto there = has_tcp_option(packet.bytes, packet.transport, static_cast<std::uint8_t>(test.argument));
      return there ? std::optional<ir::u128>(*there ? 1 : 0) : std::nullopt;
    }
    default: return packet.fields.get_or(test.field, 0);
  }
}

/// Where matches find a header that look for it in later fragments, too: in their payload, with IPv6 even at the very
/// begin. Nothing without TCP.
std::optional<std::size_t> tcp_header_anywhere(const DecodedPacket& packet) {
  if (packet.broken_chain || packet.protocol() != ir::kProtoTcp) return std::nullopt;
  const bool at_begin = packet.family() == ir::Family::kIpv6 && packet.fields.is_later_fragment();
  return at_begin ? 0 : packet.transport;
}

Truth evaluate_loose_flags(const DecodedPacket& packet, const ir::FieldTest& test) {
  constexpr std::size_t kFlags = 13;
  const auto header = tcp_header_anywhere(packet);
  if (!header || !holds(packet.bytes, *header, header_needed(Presence::kTcp))) return Truth::kFalse;
  return truth(test.values.contains(packet.bytes[*header + kFlags]) != test.negated);
}

Truth evaluate_mss(const DecodedPacket& packet, const ir::FieldTest& test) {
  const auto anywhere = tcp_header_anywhere(packet);
  if (!anywhere) return Truth::kFalse;
  const std::size_t header = *anywhere;
  if (!has_tcp_option(packet.bytes, header, 0)) return Truth::kHotdrop;
  const auto mss = tcp_mss(packet.bytes, header);
  return truth(mss && test.values.contains(*mss) != test.negated);
}

Truth evaluate_field(const EvaluationContext& context, const ir::FieldTest& test) {
  const ir::Packet& fields = context.packet.fields;
  const ir::FieldInfo& info = ir::field_info(test.field);
  if (info.kind == ir::FieldKind::kInterface) {
    const std::string& name = info.storage == FieldId::kIifname ? fields.in : fields.out;
    return truth(test.values.contains(name) != test.negated);
  }
  if (test.field == FieldId::kTcpMss) return evaluate_mss(context.packet, test);
  if (test.field == FieldId::kTcpFlags && test.argument == ir::kLooseFlags)
    return evaluate_loose_flags(context.packet, test);
  if (drops(context.packet, test.field, info.presence, context.nft)) return Truth::kHotdrop;
  if (!ir::is_present(fields, info.presence)) return Truth::kFalse;
  const auto value = number_of(context, test);
  return truth(value && test.values.contains(*value) != test.negated);
}

bool listed(const ir::SctpChunks& test, std::uint8_t type) { return (test.types[type / 32] >> (type % 32) & 1U) != 0; }

bool flags_match(const ir::SctpChunks& test, std::uint8_t type, std::uint8_t flags) {
  const auto* found = std::find_if(test.flags.data(), test.flags.data() + test.flags.size(),
                                   [&](const auto& flag) { return flag.chunk_type == type; });
  return found == test.flags.data() + test.flags.size() || (flags & found->mask) == found->value;
}

/// Walks the chunks; the answer before negation.
Truth walk_chunks(const DecodedPacket& packet, const ir::SctpChunks& test) {
  using Mode = ir::SctpChunks::Mode;
  std::array<std::uint32_t, 8> missing = test.types;
  std::size_t offset = packet.transport + 12;
  do {
    if (!holds(packet.bytes, offset, 4) || load16(packet.bytes, offset + 2) == 0) return Truth::kHotdrop;
    const std::uint8_t type = packet.bytes[offset];
    const bool fits = listed(test, type) && flags_match(test, type, packet.bytes[offset + 1]);
    if (test.mode == Mode::kAny && fits) return Truth::kTrue;
    if (test.mode == Mode::kOnly && !fits) return Truth::kFalse;
    if (test.mode == Mode::kAll && fits) missing[type / 32] &= ~(1U << (type % 32));
    offset += (load16(packet.bytes, offset + 2) + 3U) & ~3U;
  } while (offset < packet.bytes.size());
  if (test.mode == Mode::kOnly) return Truth::kTrue;
  return truth(test.mode == Mode::kAll && std::all_of(missing.begin(), missing.end(), [](auto w) { return w == 0; }));
}

Truth evaluate_chunks(const EvaluationContext& context, const Place& place, const ir::SctpChunks& test) {
  if (drops(context.packet, FieldId::kSctpSport, Presence::kSctp)) return Truth::kHotdrop;
  if (!ir::is_present(context.packet.fields, Presence::kSctp)) return Truth::kFalse;
  if (const auto chosen = context.oracle.chosen(place, "sctp")) return truth(*chosen);
  const Truth found = walk_chunks(context.packet, test);
  if (found == Truth::kHotdrop) return test.negated ? Truth::kTrueHotdrop : found;
  return truth((found == Truth::kTrue) != test.negated);
}

/// xt_dccp.c negates the answer of a search that has dropped the packet.
bool inverts_drop(const ir::Predicate& predicate) {
  const auto* test = std::get_if<ir::FieldTest>(&predicate);
  return test != nullptr && test->field == FieldId::kDccpOption;
}

/// One kind each. `AnyOf` nests only as deep as the lowering made it; a bound keeps a hand-made pool from recursing.
struct Evaluator {
  const EvaluationContext& context;
  Place place;
  unsigned depth;

  Truth operator()(const ir::FieldTest& test) const {
    return ir::is_looked_up(test.field) ? evaluate_lookup(context, place, test) : evaluate_field(context, test);
  }
  Truth operator()(const ir::SctpChunks& test) const { return evaluate_chunks(context, place, test); }
  Truth operator()(const ir::Opaque& test) const {
    if (context.sender)
      if (const auto owner = ir::read_owner_test(test)) return truth(owner->matches(*context.sender));
    return truth(context.oracle.opaque(place, test));
  }
  template <ir::FreeTest T>
  Truth operator()(const T& test) const {
    // What is known for good is no matter of choice.
    if constexpr (std::is_same_v<T, ir::SetLookup>)
      if (const Sets* sets = context.oracle.sets(); sets != nullptr && ir::is_fixed(sets->table(), test))
        return evaluate_kind(context, place, test);
    if (const auto chosen = context.oracle.chosen(place, T::kModule)) return truth(*chosen);
    return evaluate_kind(context, place, test);
  }
  Truth operator()(const ir::AnyOf& test) const {
    constexpr unsigned kDeepest = 64;
    if (depth >= kDeepest) return Truth::kFalse;
    for (const ir::PredicateId part : test.any) {
      const Truth value =
          std::visit(Evaluator{context, {place.rule, place.condition, part}, depth + 1}, context.predicates[part]);
      if (value == Truth::kHotdrop && test.negated && inverts_drop(context.predicates[part]))
        return Truth::kTrueHotdrop;
      if (context.nft && value == Truth::kHotdrop) continue;
      if (value == Truth::kHotdrop || value == Truth::kTrueHotdrop) return value;
      if (value == Truth::kTrue) return truth(!test.negated);
    }
    return truth(test.negated);
  }
};

}  // namespace

Truth not_evaluated(const EvaluationContext& context, const Place& place, std::string_view module) {
  const std::string arguments = ir::dump_predicate(context.predicates, place.predicate);
  return truth(context.oracle.opaque(place, ir::Opaque{std::string(module), arguments, false}));
}

bool headers_are_whole(const DecodedPacket& packet) {
  const Presence header = own_header(packet.protocol());
  return !packet.broken_chain && !drops(packet, FieldId::kTcpFlags, header);
}

Truth evaluate_predicate(const EvaluationContext& context, const Place& place) {
  return std::visit(Evaluator{context, place, 0}, context.predicates[place.predicate]);
}

}  // namespace nfproof::sim
