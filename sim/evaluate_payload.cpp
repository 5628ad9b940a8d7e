// SPDX-License-Identifier: Apache-2.0
// What looks into the packet: bytes, numbers and options at places that no field names: see evaluate_kinds.h.
#include "sim/evaluate_kinds.h"

namespace nfproof::sim {

Truth evaluate_kind(const EvaluationContext& context, const Place& place, const ir::StringTest& test) {
  return not_evaluated(context, place, test);
}

Truth evaluate_kind(const EvaluationContext& context, const Place& place, const ir::U32Test& test) {
  return not_evaluated(context, place, test);
}

Truth evaluate_kind(const EvaluationContext& context, const Place& place, const ir::BpfTest& test) {
  return not_evaluated(context, place, test);
}

Truth evaluate_kind(const EvaluationContext& context, const Place& place, const ir::Ip6OptionList& test) {
  return not_evaluated(context, place, test);
}

Truth evaluate_kind(const EvaluationContext& context, const Place& place, const ir::RoutingAddresses& test) {
  return not_evaluated(context, place, test);
}

}  // namespace nfproof::sim
