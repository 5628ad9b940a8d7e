// SPDX-License-Identifier: Apache-2.0
// Predicates, effects and headers looked at: see facts.h.
#include "compiler/ir/facts.h"

#include <variant>

namespace nfproof::ir {

std::vector<PredicateId> parts_of(const PredicatePool& pool, PredicateId whole) {
  std::vector<PredicateId> all{whole};
  for (std::size_t next = 0; next < all.size(); ++next)
    if (const auto* any = std::get_if<AnyOf>(&pool[all[next]])) all.insert(all.end(), any->any.begin(), any->any.end());
  return all;
}

std::optional<FieldId> written_field(const Effect& effect) {
  if (const auto* set = std::get_if<SetField>(&effect)) return set->field;
  if (const auto* copy = std::get_if<CopyMark>(&effect)) return copy->save ? FieldId::kCtMark : FieldId::kMark;
  return std::nullopt;
}

bool needs_connection(const Effect& effect) {
  return std::holds_alternative<CopyMark>(effect) || written_field(effect) == FieldId::kCtMark;
}

bool of_connection(FieldId field) { return of_connection(field_info(field).presence); }

bool of_connection(Presence presence) {
  return presence == Presence::kConntrack || presence == Presence::kConntrack4 || presence == Presence::kConntrack6;
}

bool is_tracking_field(FieldId field) { return field == FieldId::kCtState || of_connection(field); }

void clear_connection(Packet& packet) {
  for (std::size_t i = 0; i < kFieldCount; ++i)
    if (of_connection(static_cast<FieldId>(i))) packet.clear(static_cast<FieldId>(i));
}

std::optional<std::uint8_t> protocol_of(Presence presence) {
  switch (presence) {
    case Presence::kTcp:
    case Presence::kTcpMss: return kProtoTcp;
    case Presence::kUdp: return kProtoUdp;
    case Presence::kUdplite: return kProtoUdplite;
    case Presence::kSctp: return kProtoSctp;
    case Presence::kDccp: return kProtoDccp;
    case Presence::kIcmp: return kProtoIcmp;
    case Presence::kIcmp6: return kProtoIcmp6;
    case Presence::kEsp: return kProtoEsp;
    case Presence::kIpcomp: return kProtoIpcomp;
    case Presence::kMh: return kProtoMh;
    case Presence::kAh:
    case Presence::kHopByHop:
    case Presence::kDestinationOptions:
    case Presence::kRouting:
    case Presence::kFragmentHeader:
    case Presence::kAlways:
    case Presence::kIncoming:
    case Presence::kOutgoing:
    case Presence::kEther:
    case Presence::kIpv4:
    case Presence::kIpv6:
    case Presence::kPorts:
    case Presence::kConntrack:
    case Presence::kConntrack4:
    case Presence::kConntrack6: return std::nullopt;
  }
  return std::nullopt;
}

std::optional<Family> family_of(Presence presence) {
  switch (presence) {
    case Presence::kIpv4:
    case Presence::kIcmp:
    case Presence::kConntrack4: return Family::kIpv4;
    case Presence::kIpv6:
    case Presence::kMh:
    case Presence::kHopByHop:
    case Presence::kDestinationOptions:
    case Presence::kRouting:
    case Presence::kFragmentHeader:
    case Presence::kIcmp6:
    case Presence::kConntrack6: return Family::kIpv6;
    case Presence::kAlways:
    case Presence::kIncoming:
    case Presence::kOutgoing:
    case Presence::kEther:
    case Presence::kTcp:
    case Presence::kUdp:
    case Presence::kUdplite:
    case Presence::kSctp:
    case Presence::kDccp:
    case Presence::kPorts:
    case Presence::kTcpMss:
    case Presence::kEsp:
    case Presence::kAh:
    case Presence::kIpcomp:
    case Presence::kConntrack: return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace nfproof::ir
