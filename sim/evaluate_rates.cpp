// SPDX-License-Identifier: Apache-2.0
// Rates and counts that rules keep: see evaluate_kinds.h.
#include "sim/evaluate_kinds.h"

namespace nfproof::sim {

Truth evaluate_kind(const EvaluationContext& context, const Place& place, const ir::HashLimit& test) {
  return not_evaluated(context, place, test);
}

Truth evaluate_kind(const EvaluationContext& context, const Place& place, const ir::Recent& test) {
  return not_evaluated(context, place, test);
}

Truth evaluate_kind(const EvaluationContext& context, const Place& place, const ir::Quota& test) {
  return not_evaluated(context, place, test);
}

Truth evaluate_kind(const EvaluationContext& context, const Place& place, const ir::ConnLimit& test) {
  return not_evaluated(context, place, test);
}

Truth evaluate_kind(const EvaluationContext& context, const Place& place, const ir::RateTest& test) {
  return not_evaluated(context, place, test);
}

}  // namespace nfproof::sim
