// SPDX-License-Identifier: Apache-2.0
// A whole ruleset as `iptables -L -v -n --line-numbers` shows its tables.
#pragma once

#include <functional>
#include <string>

#include "compiler/ir/ruleset.h"

namespace nfproof::compiler {

/// All tables. A single table stands alone, exactly as iptables lists it; where there are several, a line with the
/// command that lists it (`# iptables -t nat -L -v -n --line-numbers`) is before each. `counters_of` gives the counters
/// of a rule; of a policy for the place past the last rule.
[[nodiscard]] std::string list_ruleset(const ir::Ruleset& ruleset,
                                       const std::function<ir::Counters(ir::RuleRef)>& counters_of);

}  // namespace nfproof::compiler
