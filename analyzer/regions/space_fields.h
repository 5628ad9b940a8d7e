// SPDX-License-Identifier: Apache-2.0
// How the values of one field are cut into classes. Internal to `space.cpp`.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "compiler/ir/value_set.h"

namespace nfproof::analyzer::regions {

using Piece = std::pair<ir::Interval, std::uint32_t>;  ///< values, and the number of their class

/// Cuts the domain at the ends of all tests; pieces that the same tests hold are of one class. Classes are numbered
/// from `first` in the order of their smallest values. `apart`: every piece is a class.
[[nodiscard]] std::vector<Piece> cut_into_classes(const ir::ValueSet::Intervals& domain,
                                                  const std::vector<ir::ValueSet::Intervals>& tests,
                                                  std::uint32_t first, bool apart);

/// A value/mask pair as intervals; nothing when those would be too many.
[[nodiscard]] std::optional<ir::ValueSet::Intervals> intervals_of(const ir::Masked& masked, unsigned bits);
/// An interval as value/mask pairs.
[[nodiscard]] std::vector<ir::Masked> masks_of(const ir::Interval& interval, unsigned bits);

/// Splits the groups so that each lies inside or outside of the mask.
void split_groups(std::vector<ir::u128>& groups, ir::u128 mask);
/// The n-th number that has only bits of the mask.
[[nodiscard]] ir::u128 deposit(ir::u128 n, ir::u128 mask);
[[nodiscard]] unsigned bit_count(ir::u128 mask);

}  // namespace nfproof::analyzer::regions
