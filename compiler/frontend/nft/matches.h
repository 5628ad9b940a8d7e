// SPDX-License-Identifier: Apache-2.0
// Tests of rules to predicates.
//
// Entries: `lower_test` for `FIELD [OPERATOR] VALUES`, `lower_key` for the key of one element of a map.
#pragma once

#include "compiler/frontend/nft/context.h"

namespace nfproof::compiler::nft {

/// Nothing when the test makes no sense or has no meaning here, which is then told. Alternatives exclude each other.
[[nodiscard]] std::optional<Alternatives> lower_test(const LowerContext& context, const Expr& selector,
                                                     std::string_view comparison, const Expr& values);
/// `tcp option sack exists`
[[nodiscard]] std::optional<Alternatives> lower_presence(const LowerContext& context, const Statement& statement);

}  // namespace nfproof::compiler::nft
