// SPDX-License-Identifier: Apache-2.0
// Statements of rules to effects and verdicts. Values that a map gives are constants by then.
#pragma once

#include "compiler/frontend/nft/context.h"

namespace nfproof::compiler::nft {

/// What a statement does.
struct Action {
  Conjunction tests;  ///< without which the rule ends here
  std::vector<ir::Effect> effects;
  Conjunction only_if;                 ///< without which the effects do not happen, but the rule goes on
  std::optional<ir::Verdict> verdict;  ///< the rule ends with it
};

/// `FIELD set VALUE`; `value` may be a field, bits combined with constants, or a constant.
[[nodiscard]] std::optional<Action> lower_set_field(const LowerContext& context, const Expr& field, const Expr& value);
/// Addresses and ports of the translation: constants.
struct NatValues {
  const Expr* address = nullptr;
  const Expr* port = nullptr;
};
[[nodiscard]] std::optional<Action> lower_nat(const LowerContext& context, const Statement& statement,
                                              const NatValues& to);
/// Nothing when there is no such flowtable, which is told.
[[nodiscard]] std::optional<ir::Aside> lower_flowtable(const LowerContext& context, const Statement& statement);
/// The others that need no map: log, reject, queue, notrack, dup, tproxy, synproxy. A `reject` may differ by family.
[[nodiscard]] std::optional<std::vector<Action>> lower_action(const LowerContext& context, const Statement& statement);

}  // namespace nfproof::compiler::nft
