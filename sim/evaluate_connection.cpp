// SPDX-License-Identifier: Apache-2.0
// The connection, the clock and what is beside the packet: see evaluate_kinds.h.
#include "sim/evaluate_kinds.h"

namespace nfproof::sim {

Truth evaluate_kind(const EvaluationContext& context, const Place& place, const ir::ConnBytes& test) {
  return not_evaluated(context, place, test);
}

Truth evaluate_kind(const EvaluationContext& context, const Place& place, const ir::TimeTest& test) {
  return not_evaluated(context, place, test);
}

Truth evaluate_kind(const EvaluationContext& context, const Place& place, const ir::Cluster& test) {
  return not_evaluated(context, place, test);
}

Truth evaluate_kind(const EvaluationContext& context, const Place& place, const ir::HelperTest& test) {
  return not_evaluated(context, place, test);
}

Truth evaluate_kind(const EvaluationContext& context, const Place& place, const ir::SetConnLabel& test) {
  return not_evaluated(context, place, test);
}

Truth evaluate_kind(const EvaluationContext& context, const Place& place, const ir::BridgePort& test) {
  return not_evaluated(context, place, test);
}

}  // namespace nfproof::sim
