// SPDX-License-Identifier: Apache-2.0
// Look-ups in sets: see evaluate_kinds.h and sets.h.
#include "sim/evaluate_kinds.h"
#include "sim/sets.h"

namespace nfproof::sim {

Truth evaluate_kind(const EvaluationContext& context, const Place& place, const ir::SetLookup& test) {
  Sets* sets = context.oracle.sets();
  const auto answer = sets == nullptr ? std::nullopt : sets->look_up(test, context.packet);
  return answer ? truth(*answer) : not_evaluated(context, place, test);
}

}  // namespace nfproof::sim
