// SPDX-License-Identifier: Apache-2.0
// Shows rules alive by packets that are made from their own tests and walked through the ruleset, without a solver.
// Rules that one plainly broader rule takes everything from are seen on the way.
#pragma once

#include <vector>

#include "analyzer/paths/family_context.h"
#include "analyzer/paths/rule_life.h"

namespace nfproof::analyzer {

/// One for each thread. What it finds does not depend on what it was asked before.
class Prober {
 public:
  Prober(const Structure& structure, const Encoder& encoder);

  /// True when `life` says what there is to know.
  bool probe(ir::RuleRef rule, const std::vector<ChainWay>& ways, RuleLife& life);
  [[nodiscard]] std::size_t packets_walked() const { return packets_walked_; }

 private:
  bool try_way(ir::RuleRef rule, const ChainWay& way, unsigned variant, RuleLife& life);
  [[nodiscard]] bool covered(ir::RuleRef rule, ir::RuleRef by) const;
  bool shadowed_by_one(ir::RuleRef rule, ir::RuleRef by, ir::ChainId base, const Candidate& candidate, RuleLife& life);
  bool avoid(const std::vector<ir::RuleRef>& blame, ir::ChainId base, std::vector<Wish>& wishes, unsigned variant,
             Candidate& candidate) const;
  void add_wishes(ir::RuleRef rule, std::vector<Wish>& wishes) const;

  const ir::Ruleset& ruleset_;
  const Encoder& encoder_;
  ConcreteWalk concrete_;
  CandidateMaker maker_;
  std::size_t packets_walked_ = 0;
};

}  // namespace nfproof::analyzer
