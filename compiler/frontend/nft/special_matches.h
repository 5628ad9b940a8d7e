// SPDX-License-Identifier: Apache-2.0
// Fields that are not simply compared with values: families, states, routes, options, bytes at places, sets that
// change.
#pragma once

#include <string>

#include "compiler/frontend/nft/context.h"

namespace nfproof::compiler::nft {

/// Of a test that had an error `tests` is nothing.
struct Special {
  std::optional<Conjunction> tests;
};
/// Nothing when the selector is an ordinary field.
[[nodiscard]] std::optional<Special> lower_special(const LowerContext& context, const Expr& selector,
                                                   std::string_view comparison, const Expr& values);

/// Bytes at a place, also under names that the field table does not have (`special_payload.cpp`).
[[nodiscard]] std::optional<Special> lower_payload(const LowerContext& context, const Expr& selector,
                                                   std::string_view comparison, const Expr& values);

/// The same as a test that may answer anything.
[[nodiscard]] ir::Predicate opaque_payload(const Expr& selector, std::string_view comparison, const Expr& values);

/// A look-up in a set that packets or the clock change. Nothing when the set stays as it is; empty after an error.
[[nodiscard]] std::optional<Conjunction> lower_dynamic_set(const LowerContext& context, const Expr& selector,
                                                           std::string_view comparison, const Expr& values);

/// What must be there for the selector to have a value; nothing when it always has.
[[nodiscard]] std::optional<ir::Predicate> field_presence(const LowerContext& context, const Expr& selector);

/// By its name or number.
[[nodiscard]] std::optional<std::uint8_t> tcp_option_kind(std::string_view name);

/// The expression on one line.
[[nodiscard]] std::string plain_text(const Expr& expr);
/// The statement on one line.
[[nodiscard]] std::string statement_text(const Statement& statement);

/// One number as it stands for the selector: `0x10`, `16`.
[[nodiscard]] std::optional<std::uint64_t> plain_number(const Expr& expr);
/// The numbers of a value, a range or a set, after a comparison: intervals up to `max`. Nothing when they are none.
[[nodiscard]] std::optional<ir::ValueSet::Intervals> plain_intervals(const Expr& values, std::string_view comparison,
                                                                     std::uint64_t max);

}  // namespace nfproof::compiler::nft
