// SPDX-License-Identifier: Apache-2.0
// Fewer rules of iptables for the same meaning: rules that differ in ports become one of `multiport`, in addresses or
// several fields one that asks an ipset; long chains are divided by interfaces and networks. A rule moves only across
// rules that no packet of it matches or that decide the same; what counts, limits or changes something stays.
#pragma once

#include <string>

#include "compiler/ir/ruleset.h"
#include "compiler/ir/set.h"

namespace nfproof::backends {

struct IptablesOptimized {
  std::string text;  ///< for iptables-restore
  std::string sets;  ///< for ipset restore: those that rules became; empty: none
  std::size_t set_count = 0;
};

/// `sets`: those that the rules know already. `use_sets`: may rules become sets?
[[nodiscard]] IptablesOptimized iptables_optimize(const ir::Ruleset& ruleset, ir::Family family,
                                                  const ir::SetTable& sets, bool use_sets);

}  // namespace nfproof::backends
