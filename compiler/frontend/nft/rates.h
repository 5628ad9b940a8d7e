// SPDX-License-Identifier: Apache-2.0
// Limits, quotas and counts of connections: statements that are tests with a state.
#pragma once

#include "compiler/frontend/nft/context.h"

namespace nfproof::compiler::nft {

/// `limit`, `quota`, `ct count`, one for all packets or (in a set) one for each key. Nothing after an error.
[[nodiscard]] std::optional<ir::Predicate> lower_rate(const LowerContext& context, const Statement& statement);

/// `add @set { KEY limit rate over 10/second }`, `meter NAME { KEY ct count over 5 }`, `update @set { KEY }`.
[[nodiscard]] std::optional<ir::Predicate> lower_keyed(const LowerContext& context, const Statement& statement);

}  // namespace nfproof::compiler::nft
