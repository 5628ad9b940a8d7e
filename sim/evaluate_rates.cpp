// SPDX-License-Identifier: Apache-2.0
// Rates and counts that rules keep: see evaluate_kinds.h.
#include "sim/conntrack.h"
#include "sim/evaluate_kinds.h"
#include "sim/match_state.h"

namespace nfproof::sim {
namespace {

/// The kernel adds what forwarding took, for packets that no socket of the host sent.
std::uint8_t arrived_ttl(const DecodedPacket& packet) {
  const auto field = packet.family() == ir::Family::kIpv4 ? ir::FieldId::kIpTtl : ir::FieldId::kIp6HopLimit;
  const auto ttl = static_cast<std::uint8_t>(packet.fields.get_or(field, 0));
  const bool forwarded = !packet.fields.out.empty() && !packet.fields.in.empty();
  return forwarded ? static_cast<std::uint8_t>(ttl + 1) : ttl;
}

ir::u128 prefix_of(ir::u128 address, ir::Family family, unsigned prefix) {
  const unsigned width = family == ir::Family::kIpv4 ? 32 : 128;
  if (prefix == 0) return 0;
  return prefix >= width ? address : address & (~ir::u128{0} << (width - prefix));
}

/// The tuple that counting remembers; nothing: the packet has none.
std::optional<ConnectionCounts::Asker> make_asker(const EvaluationContext& context, const ir::ConnLimit& test) {
  const DecodedPacket& packet = context.packet;
  const ir::u128 address = test.destination ? packet.fields.destination() : packet.fields.source();
  ConnectionCounts::Asker asker;
  asker.address = prefix_of(address, packet.family(), test.prefix);
  if (context.track != nullptr && context.track->connection) {
    const Connection& connection = *context.track->connection;
    asker.original = connection.tuples[0];
    asker.zone = asker.original.zone;
    asker.counted = connection.confirmed() && (connection.status & ir::kIpsAssured) != 0;
    return asker;
  }
  const auto own = tuple_at(packet.bytes, 0, packet.family());
  if (!own) return std::nullopt;
  asker.original = *own;
  return asker;
}

}  // namespace

Truth evaluate_kind(const EvaluationContext& context, const Place& place, const ir::HashLimit& test) {
  MatchState* state = context.oracle.state();
  if (state == nullptr) return not_evaluated(context, place, test);
  switch (state->hash_limits.test(test, context.packet, state->jiffies())) {
    case MatchAnswer::kNo: return Truth::kFalse;
    case MatchAnswer::kYes: return Truth::kTrue;
    case MatchAnswer::kDrop: return Truth::kHotdrop;
  }
  return Truth::kFalse;
}

Truth evaluate_kind(const EvaluationContext& context, const Place& place, const ir::Recent& test) {
  MatchState* state = context.oracle.state();
  if (state == nullptr) return not_evaluated(context, place, test);
  return truth(state->recent.test(test, context.packet, arrived_ttl(context.packet), state->jiffies()));
}

Truth evaluate_kind(const EvaluationContext& context, const Place& place, const ir::Quota& test) {
  MatchState* state = context.oracle.state();
  if (state == nullptr) return not_evaluated(context, place, test);
  std::uint64_t& left = state->quota(place, test);
  const bool within = left >= context.packet.length;
  left = within ? left - context.packet.length : 0;
  return truth(within != test.negated);
}

Truth evaluate_kind(const EvaluationContext& context, const Place& place, const ir::ConnLimit& test) {
  MatchState* state = context.oracle.state();
  if (state == nullptr || !state->look) return not_evaluated(context, place, test);
  const auto asker = make_asker(context, test);
  if (!asker) return Truth::kHotdrop;
  const std::size_t count = state->connections.count(state->keeper(place), *asker, state->jiffies(), state->look);
  return truth((count > test.limit) != test.negated);
}

Truth evaluate_kind(const EvaluationContext& context, const Place& place, const ir::RateTest& test) {
  return not_evaluated(context, place, test);
}

}  // namespace nfproof::sim
