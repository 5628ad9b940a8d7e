// SPDX-License-Identifier: Apache-2.0
// Value sets keep one canonical form and answer membership.
#include "compiler/ir/value_set.h"

#include <gtest/gtest.h>

namespace nfproof::ir {
namespace {

TEST(ValueSet, MergesTouchingIntervals) {
  const ValueSet set = ValueSet::of_intervals({{10, 20}, {0, 5}, {6, 9}, {30, 30}});
  EXPECT_EQ(set, ValueSet::of_intervals({{0, 20}, {30, 30}}));
  EXPECT_TRUE(set.contains(u128{20}));
  EXPECT_FALSE(set.contains(u128{21}));
}

TEST(ValueSet, NetworkWithHolesIsMasked) {
  const ValueSet set = ValueSet::of_network(0x0A000001, 0xFF0000FF, 32);
  ASSERT_NE(set.masks(), nullptr);
  EXPECT_TRUE(set.contains(u128{0x0A123401}));
  EXPECT_FALSE(set.contains(u128{0x0A123402}));
}

TEST(ValueSet, InterfacePatterns) {
  const ValueSet set = ValueSet::of_interfaces({{"eth", true}, {"lo", false}});
  EXPECT_TRUE(set.contains("eth0"));
  EXPECT_TRUE(set.contains("lo"));
  EXPECT_FALSE(set.contains("lo1"));
  EXPECT_FALSE(set.contains(""));
}

TEST(ValueSet, WholeRange) {
  EXPECT_TRUE(ValueSet::all(128).is_all(128));
  EXPECT_FALSE(ValueSet::of_range(1, 65535).is_all(16));
}

}  // namespace
}  // namespace nfproof::ir
