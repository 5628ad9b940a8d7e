// SPDX-License-Identifier: Apache-2.0
// Which sets of a ruleset stay as they are, so that a look-up is a question about the packet alone: no rule adds to
// them or deletes, nothing in them expires, and they are not too large for proofs. Look-ups in other sets can be
// answered by the simulator only.
#pragma once

#include "compiler/ir/core.h"
#include "compiler/ir/ruleset.h"
#include "compiler/ir/set.h"

namespace nfproof::ir {

/// Elements that a set may have to be reasoned about.
inline constexpr std::size_t kMostFixedElements = 4096;

/// Marks the sets that no rule of the ruleset changes (`Set::is_fixed`). Those without elements are left out when they
/// may fill later: mostly a program beside the ruleset adds what it bans.
void mark_fixed_sets(const Ruleset& ruleset, SetTable& sets, bool empty_ones_fill);

/// Is the answer known for good? False also when there is no such set.
[[nodiscard]] bool is_fixed(const SetTable& sets, const SetLookup& test);

}  // namespace nfproof::ir
