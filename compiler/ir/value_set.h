// SPDX-License-Identifier: Apache-2.0
// Sets of values that a field test compares with: intervals, value/mask pairs or interface patterns.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "compiler/ir/address.h"

namespace nfproof::ir {

/// Both ends belong to it.
struct Interval {
  u128 lo = 0;
  u128 hi = 0;
  friend bool operator==(const Interval&, const Interval&) = default;
};

/// Matches x when (x & mask) == value.
struct Masked {
  u128 value = 0;
  u128 mask = 0;
  friend bool operator==(const Masked&, const Masked&) = default;
};

/// An interface name; with `wildcard` any name that starts with it (`eth+`; the empty prefix is any interface,
/// also none at all).
struct InterfacePattern {
  std::string name;
  bool wildcard = false;
  [[nodiscard]] bool matches(std::string_view interface) const;
  friend bool operator==(const InterfacePattern&, const InterfacePattern&) = default;
};

/// A union of alternatives of one shape. Intervals are kept sorted, disjoint and merged.
class ValueSet {
 public:
  using Intervals = std::vector<Interval>;
  using Masks = std::vector<Masked>;
  using Interfaces = std::vector<InterfacePattern>;

  ValueSet() = default;  ///< the empty set
  static ValueSet of_intervals(Intervals intervals);
  static ValueSet of_value(u128 value) { return of_intervals({{value, value}}); }
  static ValueSet of_range(u128 lo, u128 hi) { return of_intervals({{lo, hi}}); }
  static ValueSet of_masks(Masks masks);
  static ValueSet of_interfaces(Interfaces interfaces);
  /// Network `value`/`mask` in a field of `bits` bits: an interval when the mask is contiguous, else a value/mask pair.
  static ValueSet of_network(u128 value, u128 mask, unsigned bits);
  /// Everything that fits into `bits` bits: tests only that the field is there.
  static ValueSet all(unsigned bits) { return of_range(0, max_of_bits(bits)); }

  [[nodiscard]] bool contains(u128 value) const;                  ///< not for interface sets
  [[nodiscard]] bool contains(std::string_view interface) const;  ///< only for interface sets

  /// Exactly one of these is not null.
  [[nodiscard]] const Intervals* intervals() const { return std::get_if<Intervals>(&data_); }
  [[nodiscard]] const Masks* masks() const { return std::get_if<Masks>(&data_); }
  [[nodiscard]] const Interfaces* interfaces() const { return std::get_if<Interfaces>(&data_); }

  /// True when it is known to hold every value of `bits` bits.
  [[nodiscard]] bool is_all(unsigned bits) const;

  friend bool operator==(const ValueSet&, const ValueSet&) = default;

 private:
  std::variant<Intervals, Masks, Interfaces> data_;
};

}  // namespace nfproof::ir
