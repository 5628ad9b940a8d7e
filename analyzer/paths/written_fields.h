// SPDX-License-Identifier: Apache-2.0
// Which fields may have been rewritten by rules of the same table when a packet gets to a rule. A test of such a field
// does not speak of the value that the packet entered with.
#pragma once

#include <bitset>
#include <vector>

#include "analyzer/graph/call_graph.h"
#include "compiler/ir/ruleset.h"

namespace nfproof::analyzer {

using FieldSet = std::bitset<ir::kFieldCount>;  ///< by storage field

class WrittenFields {
 public:
  WrittenFields(const ir::Ruleset& ruleset, const CallGraph& graph);

  /// Fields that rules before this one, on some way to it, may have written.
  [[nodiscard]] const FieldSet& before(ir::RuleRef rule) const {
    return before_[static_cast<std::size_t>(rule.chain)][rule.index];
  }
  /// Fields that any rule of tables of the family writes.
  [[nodiscard]] FieldSet anywhere(ir::Family family) const;

 private:
  void find_written(const ir::Ruleset& ruleset, const CallGraph& graph);
  void find_before(const ir::Ruleset& ruleset, const CallGraph& graph);

  const ir::Ruleset& ruleset_;
  std::vector<FieldSet> by_chain_;             ///< by the chain or what it calls
  std::vector<std::vector<FieldSet>> before_;  ///< of each rule
};

/// What the effects of one rule write.
[[nodiscard]] FieldSet fields_written_by(const ir::Rule& rule);

}  // namespace nfproof::analyzer
