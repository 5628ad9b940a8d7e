// SPDX-License-Identifier: Apache-2.0
// One evaluator for each kind of predicate that is no field test, a file for each family of kinds. Limit and Statistic
// are asked of the `Oracle`; the answers of `ChoiceOracle` come before these.
#pragma once

#include "sim/evaluate.h"

namespace nfproof::sim {

/// For kinds that have no evaluator: asks as for a test without semantics, so that the user is told what was assumed.
[[nodiscard]] Truth not_evaluated(const EvaluationContext& context, const Place& place, std::string_view module);
template <ir::FreeTest T>
[[nodiscard]] Truth not_evaluated(const EvaluationContext& context, const Place& place, const T& /*test*/) {
  return not_evaluated(context, place, T::kModule);
}

[[nodiscard]] inline Truth evaluate_kind(const EvaluationContext& context, const Place& place, const ir::Limit& test) {
  return truth(context.oracle.limit(place, test));
}
[[nodiscard]] inline Truth evaluate_kind(const EvaluationContext& context, const Place& place,
                                         const ir::Statistic& test) {
  return truth(context.oracle.statistic(place, test));
}

// What looks into the packet: bytes, numbers and options at places that no field names: evaluate_payload.cpp.
[[nodiscard]] Truth evaluate_kind(const EvaluationContext& context, const Place& place, const ir::StringTest& test);
[[nodiscard]] Truth evaluate_kind(const EvaluationContext& context, const Place& place, const ir::U32Test& test);
[[nodiscard]] Truth evaluate_kind(const EvaluationContext& context, const Place& place, const ir::BpfTest& test);
[[nodiscard]] Truth evaluate_kind(const EvaluationContext& context, const Place& place, const ir::Ip6OptionList& test);
[[nodiscard]] Truth evaluate_kind(const EvaluationContext& context, const Place& place,
                                  const ir::RoutingAddresses& test);

[[nodiscard]] Truth evaluate_kind(const EvaluationContext& context, const Place& place, const ir::SegmentRouting& test);
[[nodiscard]] Truth evaluate_kind(const EvaluationContext& context, const Place& place, const ir::L2tpTest& test);

// Rates and counts that rules keep: evaluate_rates.cpp.
[[nodiscard]] Truth evaluate_kind(const EvaluationContext& context, const Place& place, const ir::HashLimit& test);
[[nodiscard]] Truth evaluate_kind(const EvaluationContext& context, const Place& place, const ir::Recent& test);
[[nodiscard]] Truth evaluate_kind(const EvaluationContext& context, const Place& place, const ir::Quota& test);
[[nodiscard]] Truth evaluate_kind(const EvaluationContext& context, const Place& place, const ir::ConnLimit& test);
[[nodiscard]] Truth evaluate_kind(const EvaluationContext& context, const Place& place, const ir::RateTest& test);

// Look-ups in sets: evaluate_sets.cpp.
[[nodiscard]] Truth evaluate_kind(const EvaluationContext& context, const Place& place, const ir::SetLookup& test);

// The connection, the clock and what is beside the packet: evaluate_connection.cpp.
[[nodiscard]] Truth evaluate_kind(const EvaluationContext& context, const Place& place, const ir::ConnBytes& test);
[[nodiscard]] Truth evaluate_kind(const EvaluationContext& context, const Place& place, const ir::TimeTest& test);
[[nodiscard]] Truth evaluate_kind(const EvaluationContext& context, const Place& place, const ir::Cluster& test);
[[nodiscard]] Truth evaluate_kind(const EvaluationContext& context, const Place& place, const ir::HelperTest& test);
[[nodiscard]] Truth evaluate_kind(const EvaluationContext& context, const Place& place, const ir::ConnLabel& test);
[[nodiscard]] Truth evaluate_kind(const EvaluationContext& context, const Place& place, const ir::BridgePort& test);

}  // namespace nfproof::sim
