// SPDX-License-Identifier: Apache-2.0
// Asks the solver whether a rule can match: it finds a packet, or proves that there is none and which rules are to
// blame.
#pragma once

#include <utility>
#include <vector>

#include "analyzer/paths/family_context.h"
#include "analyzer/paths/rule_life.h"

namespace nfproof::analyzer {

class RuleSolver {
 public:
  explicit RuleSolver(FamilyContext& context) : context_(context), ruleset_(context.structure.ruleset) {}

  void ask(ir::RuleRef rule, RuleLife& life);

  std::size_t packets_walked = 0;

 private:
  [[nodiscard]] bool depends_on_assumed_host() const;
  bool confirm_alive(ir::RuleRef rule, RuleLife& life);
  void explain_death(ir::RuleRef rule, const SymbolicWalk::Reach& reach, RuleLife& life);
  std::vector<VarId> minimise(std::vector<VarId> core, const std::vector<Guard>& order);
  void find_witness(ir::RuleRef rule, const SymbolicWalk::Reach& reach, const std::vector<VarId>& core, RuleLife& life);
  bool witness_of_model(ir::RuleRef rule, const std::vector<ir::RuleRef>& disabled, RuleLife& life);
  void classify_coreless(ir::RuleRef rule, RuleLife& life);

  FamilyContext& context_;
  const ir::Ruleset& ruleset_;
};

}  // namespace nfproof::analyzer
