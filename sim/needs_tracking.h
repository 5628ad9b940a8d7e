// SPDX-License-Identifier: Apache-2.0
// When the kernel tracks connections at all: while a rule asks for it.
#pragma once

#include "compiler/ir/ruleset.h"

namespace nfproof::sim {

/// Does the predicate, or one of which it consists, test a connection?
[[nodiscard]] bool tests_tracking(const ir::PredicatePool& pool, ir::PredicateId id);
/// Does a rule of the family test or use connections? Then the kernel tracks them.
[[nodiscard]] bool needs_tracking(const ir::Ruleset& ruleset, ir::Family family);

}  // namespace nfproof::sim
