// SPDX-License-Identifier: Apache-2.0
// Look-ups in sets: see evaluate_kinds.h.
#include "sim/evaluate_kinds.h"

namespace nfproof::sim {

Truth evaluate_kind(const EvaluationContext& context, const Place& place, const ir::SetLookup& test) {
  return not_evaluated(context, place, test);
}

}  // namespace nfproof::sim
