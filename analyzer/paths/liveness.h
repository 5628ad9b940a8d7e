// SPDX-License-Identifier: Apache-2.0
// Which rules can ever match. Most are shown alive by a packet that is made from their own tests and walked through
// the ruleset; what is left goes to the solver, which finds a packet or proves that there is none and which rules are
// to blame.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "analyzer/paths/family_context.h"

namespace nfproof::analyzer {

enum class Life : std::uint8_t {
  kNotAsked,       ///< of another family, or on a loop of chains
  kAlive,          ///< `packet` gets there and matches
  kShadowed,       ///< `takers` take all its packets
  kContradictory,  ///< its tests cannot all be true at its hook
  kExcluded,       ///< its tests contradict those of the jumps that lead to it
  kNoEntry,        ///< its chain cannot be entered
  kPossible,       ///< alive for a host with other addresses than the assumed one: there is no packet to show
  kUndecided,      ///< `reason`
};

struct RuleLife {
  Life life = Life::kNotAsked;
  ir::ChainId base{};               ///< kAlive, and kShadowed with a packet: where it enters
  std::optional<Candidate> packet;  ///< kAlive: gets to the rule; kShadowed: fits the rule and is taken before
  std::vector<ir::RuleRef> takers;  ///< kShadowed: a smallest set, in order
  bool differs = false;             ///< kShadowed: `packet` would meet another fate at the rule
  ir::VerdictKind would_be{};       ///< kShadowed with a packet: the verdict if the rule had its turn
  std::string reason;
};

struct LivenessStats {
  std::size_t packets_walked = 0;
  std::size_t alive_by_packet = 0;
  std::size_t proved_dead = 0;
};

class Liveness {
 public:
  Liveness(FamilyContext& context, std::function<bool()> out_of_time);

  /// Decides all rules of tables of the family.
  void decide_all();
  [[nodiscard]] const RuleLife& of(ir::RuleRef rule) const {
    return lives_[static_cast<std::size_t>(rule.chain)][rule.index];
  }
  /// Can packets enter the chain? Base chains always.
  [[nodiscard]] bool entered(ir::ChainId chain) const { return entered_[static_cast<std::size_t>(chain)]; }
  [[nodiscard]] const LivenessStats& stats() const { return stats_; }
  /// One way to a chain: the jumps, from the base chain on.
  struct Way {
    ir::ChainId base{};
    std::vector<ir::RuleRef> sites;
  };
  /// Some ways that may be open.
  [[nodiscard]] const std::vector<Way>& ways(ir::ChainId chain) const { return ways_[static_cast<std::size_t>(chain)]; }

 private:
  void decide_chain(ir::ChainId chain);
  void decide(ir::RuleRef rule, RuleLife& life);
  bool try_packets(ir::RuleRef rule, RuleLife& life);
  bool try_way(ir::RuleRef rule, const Way& way, unsigned variant, RuleLife& life);
  [[nodiscard]] bool covered(ir::RuleRef rule, ir::RuleRef by) const;
  bool shadowed_by_one(ir::RuleRef rule, ir::RuleRef by, ir::ChainId base, const Candidate& candidate, RuleLife& life);
  bool avoid(const std::vector<ir::RuleRef>& blame, ir::ChainId base, std::vector<Wish>& wishes, unsigned variant,
             Candidate& candidate) const;
  void ask_solver(ir::RuleRef rule, RuleLife& life);
  [[nodiscard]] bool depends_on_assumed_host() const;
  bool confirm_alive(ir::RuleRef rule, RuleLife& life);
  void explain_death(ir::RuleRef rule, const SymbolicWalk::Reach& reach, RuleLife& life);
  std::vector<VarId> minimise(std::vector<VarId> core, const std::vector<Guard>& order);
  void find_witness(ir::RuleRef rule, const SymbolicWalk::Reach& reach, const std::vector<VarId>& core, RuleLife& life);
  bool witness_of_model(ir::RuleRef rule, const std::vector<ir::RuleRef>& disabled, RuleLife& life);
  void classify_coreless(ir::RuleRef rule, RuleLife& life);
  void add_wishes(ir::RuleRef rule, std::vector<Wish>& wishes) const;
  void note_way(ir::RuleRef rule);

  FamilyContext& context_;
  const ir::Ruleset& ruleset_;
  std::function<bool()> out_of_time_;
  std::vector<std::vector<RuleLife>> lives_;
  std::vector<std::vector<Way>> ways_;
  std::vector<bool> entered_;
  LivenessStats stats_;
};

/// ACCEPT is one fate, DROP and REJECT are another, QUEUE is a third.
[[nodiscard]] bool same_kind_of_fate(ir::VerdictKind a, ir::VerdictKind b);

}  // namespace nfproof::analyzer
