// SPDX-License-Identifier: Apache-2.0
// Where a ruleset sets and tests marks of packets and connections, bit by bit.
#pragma once

#include <vector>

#include "analyzer/checks/analysis.h"

namespace nfproof::analyzer {

/// A rule that sets or tests bits of a mark.
struct MarkUse {
  ir::RuleRef rule;
  bool of_connection = false;
  std::uint32_t bits = 0;
  std::vector<ir::Hook> hooks;  ///< from which its chain is called
};

struct MarkUses {
  std::vector<MarkUse> set;
  std::vector<MarkUse> tested;     ///< for a value that is not 0
  bool copied = false;             ///< CONNMARK --save-mark or --restore-mark, or targets that set any bits
  std::uint32_t set_bits[2] = {};  ///< of packets, of connections: by any rule
  std::uint32_t tested_bits[2] = {};
};

[[nodiscard]] MarkUses mark_uses(const Analysis& analysis, ir::Family family);

}  // namespace nfproof::analyzer
