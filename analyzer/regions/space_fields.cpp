// SPDX-License-Identifier: Apache-2.0
// A sweep over the ends of all intervals; each test has a random number, and the sum of those that hold a piece names
// its class.
#include "analyzer/regions/space_fields.h"

#include <algorithm>
#include <bit>
#include <map>
#include <random>

namespace nfproof::analyzer::regions {
namespace {

using ir::Interval;
using ir::u128;
using Intervals = ir::ValueSet::Intervals;

struct Toggle {
  u128 at = 0;
  u128 sign = 0;
};

}  // namespace

std::vector<Piece> cut_into_classes(const Intervals& domain, const std::vector<Intervals>& tests, std::uint32_t first,
                                    bool apart) {
  std::mt19937_64 random(1);
  std::vector<Toggle> toggles;
  for (const Intervals& test : tests) {
    const u128 sign = u128{random()} << 64 | random();
    for (const Interval& range : test) {
      toggles.push_back({range.lo, sign});
      if (range.hi != ~u128{0}) toggles.push_back({range.hi + 1, sign});
    }
  }
  std::sort(toggles.begin(), toggles.end(), [](const Toggle& a, const Toggle& b) { return a.at < b.at; });
  std::vector<Piece> pieces;
  std::map<u128, std::uint32_t> classes;
  u128 signature = 0;
  std::size_t next = 0;
  std::uint32_t count = first;
  for (const Interval& part : domain) {
    for (u128 lo = part.lo;;) {
      for (; next < toggles.size() && toggles[next].at <= lo; ++next) signature ^= toggles[next].sign;
      const u128 hi = next < toggles.size() && toggles[next].at <= part.hi ? toggles[next].at - 1 : part.hi;
      std::uint32_t number = count;
      if (!apart) {
        const auto [known, fresh] = classes.emplace(signature, count);
        number = known->second;
      }
      if (number == count) ++count;
      pieces.push_back({{lo, hi}, number});
      if (hi == part.hi) break;
      lo = hi + 1;
    }
  }
  return pieces;
}

std::optional<Intervals> intervals_of(const ir::Masked& masked, unsigned bits) {
  constexpr unsigned kMostFree = 16;
  const u128 all = ir::max_of_bits(bits);
  unsigned low = 0;
  while (low < bits && (masked.mask >> low & 1U) == 0) ++low;
  const u128 run = ir::max_of_bits(low);
  const u128 free = all & ~masked.mask & ~run;
  if (bit_count(free) > kMostFree) return std::nullopt;
  Intervals found;
  const u128 count = u128{1} << bit_count(free);
  for (u128 n = 0; n < count; ++n) {
    const u128 lo = masked.value | deposit(n, free);
    found.push_back({lo, lo | run});
  }
  return found;
}

std::vector<ir::Masked> masks_of(const Interval& interval, unsigned bits) {
  std::vector<ir::Masked> found;
  const u128 all = ir::max_of_bits(bits);
  const u128 hi = std::min(interval.hi, all);
  for (u128 lo = interval.lo; lo <= hi;) {
    unsigned size = 0;
    while (size < bits && (lo >> size & 1U) == 0 && (lo | ir::max_of_bits(size + 1)) <= hi) ++size;
    found.push_back({lo, all & ~ir::max_of_bits(size)});
    const u128 last = lo | ir::max_of_bits(size);
    if (last >= hi) break;
    lo = last + 1;
  }
  return found;
}

void split_groups(std::vector<u128>& groups, u128 mask) {
  std::vector<u128> result;
  for (const u128 group : groups)
    for (const u128 part : {group & mask, group & ~mask})
      if (part != 0) result.push_back(part);
  groups = std::move(result);
}

u128 deposit(u128 n, u128 mask) {
  u128 result = 0;
  for (; mask != 0 && n != 0; n >>= 1) {
    const u128 lowest = mask & (~mask + 1);
    if ((n & 1U) != 0) result |= lowest;
    mask ^= lowest;
  }
  return result;
}

unsigned bit_count(u128 mask) {
  return static_cast<unsigned>(std::popcount(static_cast<std::uint64_t>(mask)) +
                               std::popcount(static_cast<std::uint64_t>(mask >> 64)));
}

}  // namespace nfproof::analyzer::regions
