// SPDX-License-Identifier: Apache-2.0
// Tests of fields that no packet's values hold (`ir::is_looked_up`): they are read from the bytes, the host or asked of
// the `Oracle`.
#pragma once

#include "sim/evaluate.h"

namespace nfproof::sim {

[[nodiscard]] Truth evaluate_lookup(const EvaluationContext& context, const Place& place, const ir::FieldTest& test);

}  // namespace nfproof::sim
