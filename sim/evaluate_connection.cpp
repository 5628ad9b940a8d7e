// SPDX-License-Identifier: Apache-2.0
// The connection, the clock and what is beside the packet: see evaluate_kinds.h.
#include "sim/calendar.h"
#include "sim/conntrack.h"
#include "sim/evaluate_kinds.h"
#include "sim/hash_mark.h"
#include "sim/match_state.h"

namespace nfproof::sim {
namespace {

/// The number that the match compares; an average of no packets is 0.
std::uint64_t carried(const std::array<ir::Counters, 2>& counted, const ir::ConnBytes& test) {
  std::uint64_t packets = 0, bytes = 0;
  const auto add = [&](const ir::Counters& counters) { packets += counters.packets, bytes += counters.bytes; };
  if (test.direction != ir::ConnBytes::Direction::kReply) add(counted[0]);
  if (test.direction != ir::ConnBytes::Direction::kOriginal) add(counted[1]);
  switch (test.what) {
    case ir::ConnBytes::What::kPackets: return packets;
    case ir::ConnBytes::What::kBytes: return bytes;
    case ir::ConnBytes::What::kAveragePacket: return packets == 0 ? 0 : bytes / packets;
  }
  return 0;
}

}  // namespace

Truth evaluate_kind(const EvaluationContext& context, const Place& place, const ir::ConnBytes& test) {
  if (context.track == nullptr) return not_evaluated(context, place, test);
  if (!context.track->connection) return Truth::kFalse;
  const std::uint64_t value = carried(context.track->connection->counted, test);
  // The kernel tells a negated range by its swapped ends, which a range of one value does not have.
  const bool negated = test.negated && test.from != test.to;
  return truth((test.from <= value && value <= test.to) != negated);
}

Truth evaluate_kind(const EvaluationContext& context, const Place& place, const ir::TimeTest& test) {
  MatchState* state = context.oracle.state();
  if (state == nullptr) return not_evaluated(context, place, test);
  return truth(time_matches(test, state->seconds(), state->minutes_east()));
}

Truth evaluate_kind(const EvaluationContext& context, const Place& place, const ir::Cluster& test) {
  if (context.track == nullptr) return not_evaluated(context, place, test);
  if (!context.track->connection) return Truth::kFalse;
  const Tuple& original = context.track->connection->tuples[0];
  return truth(cluster_matches(test, original.family, original.source));
}

Truth evaluate_kind(const EvaluationContext& context, const Place& place, const ir::HelperTest& test) {
  if (context.track == nullptr) return not_evaluated(context, place, test);
  const Connection* connection = context.track->connection.get();
  const Connection* master = connection == nullptr ? nullptr : connection->master.get();
  return truth(master != nullptr && master->helping && master->helping->name.starts_with(test.name));
}

Truth evaluate_kind(const EvaluationContext& context, const Place& place, const ir::ConnLabel& test) {
  if (context.track == nullptr) return not_evaluated(context, place, test);
  Connection* connection = context.track->connection.get();
  if (connection == nullptr) return truth(test.negated);
  if (test.set) connection->labels.set(test.bit);
  return truth(connection->labels.test(test.bit) != test.negated);
}

Truth evaluate_kind(const EvaluationContext& context, const Place& place, const ir::BridgePort& test) {
  return not_evaluated(context, place, test);
}

}  // namespace nfproof::sim
