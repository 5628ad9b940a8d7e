// SPDX-License-Identifier: Apache-2.0
// The symbolic walk: which packets get to a rule, by all ways, as one formula. Calls are followed without listing
// paths: a chain contributes the condition "returns" to each of its callers, and is entered by the disjunction of its
// callers. That one answer for each undetermined test is enough, although a chain may be run twice, follows from the
// shortest way to a rule: no chain on it is entered after it was completed.
//
// Rules that take packets away can be guarded: with its guard false, a rule lets them pass. The guards that a proof of
// "nothing gets here" needs are the rules to blame.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "analyzer/graph/call_graph.h"
#include "analyzer/paths/box.h"
#include "analyzer/paths/encoder.h"

namespace nfproof::analyzer {

struct Guard {
  VarId variable{};
  ir::RuleRef rule;
};

class SymbolicWalk {
 public:
  SymbolicWalk(const ir::Ruleset& ruleset, const CallGraph& graph, const BoxIndex& boxes, Encoder& encoder)
      : ruleset_(ruleset), graph_(graph), boxes_(boxes), encoder_(encoder) {}

  struct Reach {
    FormulaId formula = kFalse;
    std::vector<Guard> guards;  ///< of every rule in the formula that takes packets away, in order of the walk
  };
  /// Packets that get to the rule and match it, from any base chain.
  [[nodiscard]] Reach reach(ir::RuleRef rule);

  /// Packets of a base chain (that can lie in the box) that get to and match any rule that is wanted.
  using Wanted = std::function<bool(ir::RuleRef, const ir::Rule&)>;
  [[nodiscard]] FormulaId reach_any(ir::ChainId base, const Box& box, const Wanted& wanted);
  /// Packets of a base chain that the base chain refuses: by a rule or by its policy.
  [[nodiscard]] FormulaId refused(ir::ChainId base, const Box& box);
  /// The same, of a packet as another hook sees it: what holds at this one alone is left out.
  [[nodiscard]] FormulaId refused_before(ir::ChainId base);

  /// Packets that get to the rule and match it, and that would meet another verdict, an effect or a test without a
  /// certain outcome if the rule were not there.
  [[nodiscard]] FormulaId differs_without(ir::RuleRef rule);

 private:
  struct Question {
    const Box* box = nullptr;
    bool guarded = false;
    bool of_another_hook = false;  ///< what holds for packets at the hook of the base chain is not supposed
    std::vector<std::optional<FormulaId>> returns;
    std::vector<std::vector<FormulaId>> entries;  ///< ways into each chain
    std::vector<Guard> guards;
  };
  FormulaId refused(Question& question, ir::ChainId base);
  FormulaId guarded(Question& question, ir::RuleRef rule, FormulaId match);
  FormulaId returns(Question& question, ir::ChainId chain);
  void find_returns(Question& question, ir::ChainId chain);
  FormulaId compute_returns(Question& question, ir::ChainId chain);
  FormulaId take_away(Question& question, ir::RuleRef ref, const ir::Rule& rule, FormulaId match);
  /// Walks the rules of a chain up to `end`; `visit` gets each rule with the condition for being there and matching.
  /// Gives the condition for getting past the last.
  using Visit = std::function<void(ir::RuleRef, const ir::Rule&, FormulaId)>;
  FormulaId walk(Question& question, ir::ChainId chain, FormulaId entered, std::uint32_t end, const Visit& visit);
  FormulaId policy_reached(Question& question, ir::ChainId base, const std::vector<ir::ChainId>& chains,
                           const Visit& visit);
  /// What becomes of packets from some place of a chain on: the same verdict without any trace, or back to the caller.
  struct Rest {
    FormulaId same = kFalse;
    FormulaId back = kTrue;
  };
  struct Suffixes;
  Rest before_rule(Suffixes& suffixes, ir::RuleRef ref, Rest rest);
  const std::vector<Rest>& suffixes_of(Suffixes& suffixes, ir::ChainId chain);
  FormulaId match_at_most(ir::RuleRef ref);
  FormulaId same_after(Suffixes& suffixes, ir::RuleRef ref);
  [[nodiscard]] Question new_question(const Box& box, bool guarded) const;
  [[nodiscard]] std::vector<ir::ChainId> descendants(ir::ChainId base) const;

  const ir::Ruleset& ruleset_;
  const CallGraph& graph_;
  const BoxIndex& boxes_;
  Encoder& encoder_;
  std::map<ir::RuleRef, std::pair<VarId, FormulaId>> guard_variables_;
};

}  // namespace nfproof::analyzer
