// SPDX-License-Identifier: Apache-2.0
// Canonical form and membership of value sets.
#include "compiler/ir/value_set.h"

#include <algorithm>
#include <utility>

namespace nfproof::ir {

bool InterfacePattern::matches(std::string_view interface) const {
  return wildcard ? interface.starts_with(name) : interface == name;
}

ValueSet ValueSet::of_intervals(Intervals intervals) {
  std::sort(intervals.begin(), intervals.end(), [](const Interval& a, const Interval& b) { return a.lo < b.lo; });
  Intervals merged;
  for (const Interval& next : intervals) {
    if (next.lo > next.hi) continue;
    const bool touches = !merged.empty() && (next.lo <= merged.back().hi || next.lo - 1 == merged.back().hi);
    if (touches)
      merged.back().hi = std::max(merged.back().hi, next.hi);
    else
      merged.push_back(next);
  }
  ValueSet set;
  set.data_ = std::move(merged);
  return set;
}

ValueSet ValueSet::of_masks(Masks masks) {
  ValueSet set;
  set.data_ = std::move(masks);
  return set;
}

ValueSet ValueSet::of_interfaces(Interfaces interfaces) {
  ValueSet set;
  set.data_ = std::move(interfaces);
  return set;
}

ValueSet ValueSet::of_network(u128 value, u128 mask, unsigned bits) {
  if (mask_prefix(mask, bits)) return of_range(value & mask, (value & mask) | (max_of_bits(bits) & ~mask));
  return of_masks({{value & mask, mask}});
}

bool ValueSet::contains(u128 value) const {
  if (const auto* list = intervals()) {
    const auto after = std::upper_bound(list->begin(), list->end(), value,
                                        [](u128 v, const Interval& interval) { return v < interval.lo; });
    return after != list->begin() && value <= std::prev(after)->hi;
  }
  if (const auto* list = masks())
    return std::any_of(list->begin(), list->end(), [&](const Masked& m) { return (value & m.mask) == m.value; });
  return false;
}

bool ValueSet::contains(std::string_view interface) const {
  const auto* list = interfaces();
  return list != nullptr && std::any_of(list->begin(), list->end(),
                                        [&](const InterfacePattern& pattern) { return pattern.matches(interface); });
}

bool ValueSet::is_all(unsigned bits) const {
  if (const auto* list = intervals()) return list->size() == 1 && list->front() == Interval{0, max_of_bits(bits)};
  if (const auto* list = masks())
    return std::any_of(list->begin(), list->end(), [](const Masked& m) { return m.mask == 0 && m.value == 0; });
  return std::any_of(interfaces()->begin(), interfaces()->end(),
                     [](const InterfacePattern& pattern) { return pattern.wildcard && pattern.name.empty(); });
}

}  // namespace nfproof::ir
