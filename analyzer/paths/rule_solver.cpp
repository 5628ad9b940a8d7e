// SPDX-License-Identifier: Apache-2.0
// Questions to the solver about one rule, and packets out of its answers.
#include "analyzer/paths/rule_solver.h"

#include <algorithm>

namespace nfproof::analyzer {
namespace {

using ir::ChainId;
using ir::RuleRef;
using ir::VerdictKind;

constexpr std::size_t kSmallCore = 64;  // larger sets of takers are not minimised

int fate_class(VerdictKind kind) {
  if (kind == VerdictKind::kAccept) return 0;
  return kind == VerdictKind::kQueue ? 2 : 1;
}

}  // namespace

bool decides(const ir::Rule& rule) {
  return rule.verdict.kind == VerdictKind::kAccept || rule.verdict.kind == VerdictKind::kDrop ||
         rule.verdict.kind == VerdictKind::kReject;
}

bool same_kind_of_fate(VerdictKind a, VerdictKind b) { return fate_class(a) == fate_class(b); }

void RuleSolver::ask(RuleRef rule, RuleLife& life) {
  const SymbolicWalk::Reach reach = context_.walk.reach(rule);
  context_.solver.begin(reach.formula);
  std::vector<VarId> all;
  for (const Guard& guard : reach.guards) all.push_back(guard.variable);
  switch (context_.solver.check(all)) {
    case Outcome::kSat:
      if (confirm_alive(rule, life)) break;
      life.life = depends_on_assumed_host() ? Life::kPossible : Life::kUndecided;
      life.reason = "the solver's packet depends on marks that other rules set, or on the host's addresses";
      break;
    case Outcome::kUnsat: explain_death(rule, reach, life); break;
    case Outcome::kUnknown:
      life.life = Life::kUndecided;
      life.reason = "the solver gave up within its time limit";
      break;
  }
  context_.solver.end();
  if (life.life == Life::kExcluded) classify_coreless(rule, life);
}

/// Does the solver's packet suppose an address type that no address of the assumed host has?
bool RuleSolver::depends_on_assumed_host() const {
  const ir::Host* host = context_.structure.host;
  if (host != nullptr && !host->assumed) return false;
  const auto& fields = context_.encoder.fields();
  return std::any_of(fields.begin(), fields.end(), [&](const auto& field) {
    const bool type = field.first.first == ir::FieldId::kSaddrType || field.first.first == ir::FieldId::kDaddrType;
    return type && context_.solver.value(field.second).has_value();
  });
}

bool RuleSolver::confirm_alive(RuleRef rule, RuleLife& life) {
  for (const ChainId base : context_.structure.graph.bases(ruleset_, rule.chain)) {
    Candidate candidate = context_.candidate_of_model(base);
    WalkRequest request;
    request.base = base;
    request.choices = candidate.choices;
    request.target = rule;
    ++packets_walked;
    if (!context_.concrete.walk(candidate.packet, request).reached) continue;
    life.life = Life::kAlive;
    life.base = base;
    life.packet = std::move(candidate);
    return true;
  }
  return false;
}

void RuleSolver::explain_death(RuleRef rule, const SymbolicWalk::Reach& reach, RuleLife& life) {
  std::vector<VarId> core = minimise(context_.solver.core(), reach.guards);
  if (core.empty()) {
    life.life = Life::kExcluded;
    return;
  }
  life.life = Life::kShadowed;
  for (const Guard& guard : reach.guards)
    if (std::find(core.begin(), core.end(), guard.variable) != core.end()) life.takers.push_back(guard.rule);
  find_witness(rule, reach, core, life);
}

/// Leaves out one taker after the other, the latest first, as long as nothing gets through.
std::vector<VarId> RuleSolver::minimise(std::vector<VarId> core, const std::vector<Guard>& order) {
  std::vector<VarId> sorted;
  for (const Guard& guard : order)
    if (std::find(core.begin(), core.end(), guard.variable) != core.end()) sorted.push_back(guard.variable);
  if (sorted.size() > kSmallCore) return sorted;
  for (std::size_t i = sorted.size(); i-- > 0;) {
    std::vector<VarId> fewer = sorted;
    fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(i));
    if (context_.solver.check(fewer) == Outcome::kUnsat) sorted = std::move(fewer);
  }
  return sorted;
}

void RuleSolver::find_witness(RuleRef rule, const SymbolicWalk::Reach& reach, const std::vector<VarId>& core,
                              RuleLife& life) {
  constexpr std::size_t kTried = 8;
  for (std::size_t i = 0; i < std::min(core.size(), kTried); ++i) {
    // Everybody at his post but this one: the packets that it takes alone. When there are none, those stay who do with
    // a packet what the rule would do: the others do something else, and that is worth showing. When there are none
    // again, only the others of the smallest set stay.
    const auto found = [&](auto stays) {
      std::vector<VarId> others;
      for (const Guard& guard : reach.guards)
        if (guard.variable != core[i] && stays(guard)) others.push_back(guard.variable);
      return context_.solver.check(others) == Outcome::kSat;
    };
    const auto is_needed = [&](const Guard& guard) {
      return std::find(core.begin(), core.end(), guard.variable) != core.end();
    };
    const auto does_the_same = [&](const Guard& guard) {
      const ir::Rule* taker = ruleset_.rule(guard.rule);
      return taker != nullptr && decides(*taker) &&
             same_kind_of_fate(taker->verdict.kind, ruleset_.rule(rule)->verdict.kind);
    };
    if (!found([](const Guard&) { return true; }) &&
        !found([&](const Guard& guard) { return is_needed(guard) || does_the_same(guard); }) && !found(is_needed))
      continue;
    std::vector<RuleRef> disabled;
    for (const Guard& guard : reach.guards)
      if (context_.solver.value(guard.variable).value_or(0) == 0) disabled.push_back(guard.rule);
    if (witness_of_model(rule, disabled, life) && life.differs) return;
  }
}

bool RuleSolver::witness_of_model(RuleRef rule, const std::vector<RuleRef>& disabled, RuleLife& life) {
  const auto compare = [&](ChainId base, const Candidate& candidate) {
    WalkRequest request;
    request.base = base;
    request.choices = candidate.choices;
    const WalkResult real = context_.concrete.walk(candidate.packet, request);
    request.target = rule;
    request.stop_at_target = false;
    request.disabled = disabled;
    WalkResult with_turn = context_.concrete.walk(candidate.packet, request);
    if (real.exhausted) with_turn.reached = false;
    return std::pair{real.fate, std::move(with_turn)};
  };
  for (const ChainId base : context_.structure.graph.bases(ruleset_, rule.chain)) {
    Candidate candidate = context_.candidate_of_model(base);
    const auto [fate, with_turn] = compare(base, candidate);
    if (!with_turn.reached) continue;
    const bool observed = ruleset_.rule(rule)->verdict.kind == VerdictKind::kContinue;
    const bool differs = observed || !same_kind_of_fate(fate.verdict, with_turn.fate.verdict);
    if (life.packet && !differs) return true;
    const FormulaId world = context_.encoder.world(base);
    context_.make_ordinary(candidate, base, [&, wanted = std::pair{fate, with_turn.fate.verdict}](const Candidate& c) {
      const auto [now, turn] = compare(base, c);
      return turn.reached && now.decided_by == wanted.first.decided_by && turn.fate.verdict == wanted.second &&
             context_.holds(world, c);
    });
    life.packet = std::move(candidate);
    life.base = base;
    life.differs = differs;
    life.would_be = with_turn.fate.verdict;
    return true;
  }
  return false;
}

/// Dead without anybody taking its packets: by its own tests, or by those of the jumps that lead to it.
void RuleSolver::classify_coreless(RuleRef rule, RuleLife& life) {
  std::vector<FormulaId> worlds;
  for (const ChainId base : context_.structure.graph.bases(ruleset_, rule.chain))
    worlds.push_back(context_.encoder.world(base));
  FormulaPool& pool = context_.encoder.pool();
  context_.solver.begin(pool.both(pool.any(worlds), context_.encoder.rule(rule)));
  const Outcome outcome = context_.solver.check();
  context_.solver.end();
  if (outcome == Outcome::kUnsat) life.life = Life::kContradictory;
}

}  // namespace nfproof::analyzer
