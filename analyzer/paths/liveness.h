// SPDX-License-Identifier: Apache-2.0
// Which rules can ever match. Most are shown alive by a packet that is made from their own tests and walked through
// the ruleset; what is left goes to the solver, which finds a packet or proves that there is none and which rules are
// to blame. Chains are decided in levels, callers before what they call; within a level, rules are decided at once.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "analyzer/paths/prober.h"
#include "analyzer/paths/rule_life.h"
#include "analyzer/paths/solver_lanes.h"

namespace nfproof::analyzer {

struct LivenessStats {
  std::size_t packets_walked = 0;
  std::size_t alive_by_packet = 0;
  std::size_t proved_dead = 0;
};

class Liveness {
 public:
  /// `out_of_time` is asked from several threads.
  Liveness(SolverLanes& lanes, std::function<bool()> out_of_time);

  /// Decides all rules of tables of the family.
  void decide_all();
  [[nodiscard]] const RuleLife& of(ir::RuleRef rule) const {
    return lives_[static_cast<std::size_t>(rule.chain)][rule.index];
  }
  /// Can packets enter the chain? Base chains always.
  [[nodiscard]] bool entered(ir::ChainId chain) const { return entered_[static_cast<std::size_t>(chain)]; }
  [[nodiscard]] const LivenessStats& stats() const { return stats_; }
  /// Some ways that may be open.
  [[nodiscard]] const std::vector<ChainWay>& ways(ir::ChainId chain) const {
    return ways_[static_cast<std::size_t>(chain)];
  }

 private:
  [[nodiscard]] std::vector<std::vector<ir::ChainId>> levels() const;
  void decide_level(const std::vector<ir::ChainId>& chains);
  void enter(ir::ChainId chain);
  void probe(const std::vector<ir::RuleRef>& rules);
  void ask_solver(const std::vector<ir::RuleRef>& rules);
  bool stopped(RuleLife& life) const;
  RuleLife& life_of(ir::RuleRef rule) { return lives_[static_cast<std::size_t>(rule.chain)][rule.index]; }

  SolverLanes& lanes_;
  FamilyContext& context_;
  const ir::Ruleset& ruleset_;
  std::function<bool()> out_of_time_;
  std::vector<std::size_t> place_;  ///< by chain: in the order of the call graph
  std::vector<std::vector<RuleLife>> lives_;
  std::vector<std::vector<ChainWay>> ways_;
  std::vector<bool> entered_;
  std::vector<std::unique_ptr<Prober>> probers_;  ///< by thread
  LivenessStats stats_;
};

}  // namespace nfproof::analyzer
