// SPDX-License-Identifier: Apache-2.0
// Which rules set what a test looks at: marks, lists of `recent`, members of sets.
#pragma once

#include <vector>

#include "compiler/ir/ruleset.h"

namespace nfproof::analyzer {

/// Rules of the family that set what the test asks for. Empty for tests that look at the packet alone.
[[nodiscard]] std::vector<ir::RuleRef> providers_of(const ir::Ruleset& ruleset, ir::Family family,
                                                    ir::PredicateId test);

/// Does the rule give connections another destination?
[[nodiscard]] bool is_translation(const ir::Rule& rule);
/// A test of what such a rule changes, or of the interface that follows from it.
[[nodiscard]] bool is_translated(const ir::Ruleset& ruleset, ir::PredicateId test);
/// A test of the connection's state or status.
[[nodiscard]] bool is_test_of_state(const ir::Ruleset& ruleset, ir::PredicateId test);

}  // namespace nfproof::analyzer
