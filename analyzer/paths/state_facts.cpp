// SPDX-License-Identifier: Apache-2.0
// The facts as a table.
#include "analyzer/paths/state_facts.h"

#include <algorithm>
#include <array>

namespace nfproof::analyzer {
namespace {

using ir::CtState;
using ir::FieldId;
using ir::ValueSet;

constexpr unsigned kFin = 1, kSyn = 2, kRst = 4, kAck = 16, kUrg = 32;
constexpr unsigned kLookedAt = kFin | kSyn | kRst | kAck | kUrg;

ValueSet flags(std::initializer_list<unsigned> list) {
  ValueSet::Masks masks;
  for (const unsigned each : list) masks.push_back({each, kLookedAt});
  return ValueSet::of_masks(std::move(masks));
}

ValueSet types(std::initializer_list<unsigned> list) {
  ValueSet::Intervals values;
  for (const unsigned type : list) values.push_back({type << 8U, type << 8U | 0xffU});
  return ValueSet::of_intervals(std::move(values));
}

std::array<StateFact, 5> make_facts(bool v4) {
  const FieldId icmp = v4 ? FieldId::kIcmpTypeCode : FieldId::kIcmp6TypeCode;
  return {{
      {{CtState::kEstablished, CtState::kRelated},
       FieldId::kTcpFlags,
       flags({kSyn, kSyn | kUrg, kSyn | kAck, kRst, kRst | kAck, kFin | kAck, kFin | kAck | kUrg, kAck, kAck | kUrg})},
      // A connection stays new until it is answered, also when it is reset or ended before that. A SYN/ACK is an
      // answer.
      {{CtState::kNew},
       FieldId::kTcpFlags,
       flags({kSyn, kSyn | kUrg, kRst, kRst | kAck, kFin | kAck, kFin | kAck | kUrg, kAck, kAck | kUrg})},
      {{CtState::kNew}, icmp, v4 ? types({8, 13, 15, 17}) : types({128, 139})},
      {{CtState::kEstablished}, icmp, v4 ? types({0, 8, 13, 14, 15, 16, 17, 18}) : types({128, 129, 139, 140})},
      {{CtState::kRelated}, icmp, v4 ? types({3, 4, 5, 11, 12}) : types({1, 2, 3, 4})},
  }};
}

}  // namespace

std::span<const StateFact> state_facts(ir::Family family) {
  static const auto kIpv4 = make_facts(true);
  static const auto kIpv6 = make_facts(false);
  return family == ir::Family::kIpv4 ? kIpv4 : kIpv6;
}

ValueSet states_of(const StateFact& fact) {
  ValueSet::Intervals values;
  for (const CtState state : fact.states)
    values.push_back({static_cast<unsigned>(state), static_cast<unsigned>(state)});
  return ValueSet::of_intervals(std::move(values));
}

bool can_have_its_state(const ir::Packet& packet) {
  const auto facts = state_facts(packet.family);
  return std::all_of(facts.begin(), facts.end(), [&](const StateFact& fact) {
    const bool about = std::find(fact.states.begin(), fact.states.end(), packet.ct_state()) != fact.states.end() &&
                       ir::is_present(packet, ir::field_info(fact.field).presence);
    return !about || fact.allowed.contains(packet.get_or(fact.field, 0));
  });
}

}  // namespace nfproof::analyzer
