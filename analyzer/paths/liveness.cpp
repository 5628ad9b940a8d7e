// SPDX-License-Identifier: Apache-2.0
// Deciding rules: candidate packets first, then the solver.
#include "analyzer/paths/liveness.h"

#include <algorithm>
#include <array>

namespace nfproof::analyzer {
namespace {

using ir::ChainId;
using ir::RuleRef;
using ir::VerdictKind;

constexpr std::size_t kWays = 3;        // ways to a chain that packets are tried on
constexpr unsigned kVariants = 3;       // first choices of values
constexpr unsigned kDetours = 12;       // rules that a packet tries to avoid
constexpr std::size_t kSmallCore = 64;  // larger sets of takers are not minimised

std::size_t index(ChainId chain) { return static_cast<std::size_t>(chain); }

bool calls(const ir::Rule& rule) {
  return rule.verdict.kind == VerdictKind::kJump || rule.verdict.kind == VerdictKind::kGoto;
}

int fate_class(VerdictKind kind) {
  if (kind == VerdictKind::kAccept) return 0;
  return kind == VerdictKind::kQueue ? 2 : 1;
}

bool decides(const ir::Rule& rule) {
  return rule.verdict.kind == VerdictKind::kAccept || rule.verdict.kind == VerdictKind::kDrop ||
         rule.verdict.kind == VerdictKind::kReject;
}

/// Does every value that passes the one test pass the other? Says no where it is not plain to see.
bool implies(const ir::FieldTest& narrow, const ir::FieldTest& wide) {
  if (narrow.field != wide.field || narrow.argument != wide.argument) return false;
  if (narrow == wide) return true;
  const auto* inner = narrow.values.intervals();
  const auto* outer = wide.values.intervals();
  if (narrow.negated || wide.negated || inner == nullptr || outer == nullptr) return false;
  return std::all_of(inner->begin(), inner->end(), [&](const ir::Interval& in) {
    return std::any_of(outer->begin(), outer->end(),
                       [&](const ir::Interval& out) { return out.lo <= in.lo && in.hi <= out.hi; });
  });
}

}  // namespace

bool same_kind_of_fate(VerdictKind a, VerdictKind b) { return fate_class(a) == fate_class(b); }

Liveness::Liveness(FamilyContext& context, std::function<bool()> out_of_time)
    : context_(context),
      ruleset_(context.structure.ruleset),
      out_of_time_(std::move(out_of_time)),
      lives_(ruleset_.chains.size()),
      ways_(ruleset_.chains.size()),
      entered_(ruleset_.chains.size(), false) {
  for (std::size_t c = 0; c < lives_.size(); ++c) lives_[c].resize(ruleset_.chains[c].rules.size());
}

void Liveness::decide_all() {
  for (const ChainId chain : context_.structure.graph.order())
    if (ruleset_.table_of(chain).family == context_.family) decide_chain(chain);
}

void Liveness::decide_chain(ChainId chain) {
  if (ruleset_.chain(chain).base) {
    entered_[index(chain)] = true;
    ways_[index(chain)].push_back({chain, {}});
  }
  for (std::uint32_t i = 0; i < lives_[index(chain)].size(); ++i) {
    RuleLife& life = lives_[index(chain)][i];
    if (!entered_[index(chain)]) {
      life.life = Life::kNoEntry;
      continue;
    }
    const RuleRef rule{chain, i};
    decide(rule, life);
    const bool possible = life.life == Life::kAlive || life.life == Life::kPossible || life.life == Life::kUndecided;
    if (possible && calls(*ruleset_.rule(rule))) note_way(rule);
  }
}

void Liveness::note_way(RuleRef rule) {
  const ChainId callee = ruleset_.rule(rule)->verdict.chain;
  entered_[index(callee)] = true;
  for (const Way& way : ways_[index(rule.chain)]) {
    if (ways_[index(callee)].size() >= kWays) return;
    Way longer = way;
    longer.sites.push_back(rule);
    ways_[index(callee)].push_back(std::move(longer));
  }
}

void Liveness::decide(RuleRef rule, RuleLife& life) {
  if (out_of_time_()) {
    life.life = Life::kUndecided;
    life.reason = "the time limit of the whole analysis was reached";
    return;
  }
  if (try_packets(rule, life)) {
    ++(life.life == Life::kAlive ? stats_.alive_by_packet : stats_.proved_dead);
    return;
  }
  ask_solver(rule, life);
}

void Liveness::add_wishes(RuleRef rule, std::vector<Wish>& wishes) const {
  for (const ir::Condition& condition : ruleset_.rule(rule)->when) wishes.push_back({condition.predicate, rule, true});
}

bool Liveness::try_packets(RuleRef rule, RuleLife& life) {
  for (unsigned variant = 0; variant < kVariants; ++variant)
    for (const Way& way : ways_[index(rule.chain)])
      if (try_way(rule, way, variant, life)) return true;
  return false;
}

bool Liveness::try_way(RuleRef rule, const Way& way, unsigned variant, RuleLife& life) {
  std::vector<Wish> wishes;
  for (const RuleRef site : way.sites) add_wishes(site, wishes);
  add_wishes(rule, wishes);
  auto candidate = context_.maker.make(way.base, wishes, variant);
  if (!candidate) return false;
  for (unsigned detour = 0; detour < kDetours; ++detour) {
    WalkRequest request;
    request.base = way.base;
    request.choices = candidate->choices;
    request.target = rule;
    request.path = way.sites;
    ++stats_.packets_walked;
    const WalkResult result = context_.concrete.walk(candidate->packet, request);
    if (result.reached) {
      life.life = Life::kAlive;
      life.base = way.base;
      life.packet = std::move(*candidate);
      return true;
    }
    if (!result.exhausted && shadowed_by_one(rule, result.fate.decided_by, way.base, *candidate, life)) return true;
    if (!avoid(result.blame, way.base, wishes, variant, *candidate)) return false;
  }
  return false;
}

/// Each test of the one rule follows from a test of the other, so whatever matches this matches that.
bool Liveness::covered(RuleRef rule, RuleRef by) const {
  if (context_.encoder.reads_rewritten(rule) || context_.encoder.reads_rewritten(by)) return false;
  const auto test_of = [&](const ir::Condition& condition) {
    return std::get_if<ir::FieldTest>(&ruleset_.predicates[condition.predicate]);
  };
  const auto& tests = ruleset_.rule(rule)->when;
  const auto& wanted = ruleset_.rule(by)->when;
  return std::all_of(wanted.begin(), wanted.end(), [&](const ir::Condition& condition) {
    const ir::FieldTest* wide = test_of(condition);
    return wide != nullptr && std::any_of(tests.begin(), tests.end(), [&](const ir::Condition& each) {
             const ir::FieldTest* narrow = test_of(each);
             return narrow != nullptr && implies(*narrow, *wide);
           });
  });
}

/// One rule before it in its chain takes everything: no solver is needed. The packet shows it, because it would get to
/// the rule if the other were not there.
bool Liveness::shadowed_by_one(RuleRef rule, RuleRef by, ChainId base, const Candidate& candidate, RuleLife& life) {
  const ir::Rule* taker = ruleset_.rule(by);
  const ir::Rule& dead = *ruleset_.rule(rule);
  const bool before = taker != nullptr && by.chain == rule.chain && by.index < rule.index;
  if (!before || !decides(*taker) || !decides(dead) || !dead.effects.empty() || !covered(rule, by)) return false;
  const std::array out{by};
  WalkRequest request;
  request.base = base;
  request.choices = candidate.choices;
  request.target = rule;
  request.disabled = out;
  ++stats_.packets_walked;
  if (!context_.concrete.walk(candidate.packet, request).reached) return false;
  life.life = Life::kShadowed;
  life.takers = {by};
  life.base = base;
  life.packet = candidate;
  life.would_be = dead.verdict.kind;
  life.differs = !same_kind_of_fate(taker->verdict.kind, dead.verdict.kind);
  return true;
}

/// Wishes one test of the blamed rules away.
bool Liveness::avoid(const std::vector<RuleRef>& blame, ChainId base, std::vector<Wish>& wishes, unsigned variant,
                     Candidate& candidate) const {
  for (const RuleRef rule : blame) {
    const ir::Rule* taker = ruleset_.rule(rule);
    if (taker == nullptr) continue;
    for (auto condition = taker->when.rbegin(); condition != taker->when.rend(); ++condition) {
      wishes.push_back({condition->predicate, rule, false});
      if (auto made = context_.maker.make(base, wishes, variant)) {
        candidate = std::move(*made);
        return true;
      }
      wishes.pop_back();
    }
  }
  return false;
}

void Liveness::ask_solver(RuleRef rule, RuleLife& life) {
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
    case Outcome::kUnsat:
      ++stats_.proved_dead;
      explain_death(rule, reach, life);
      break;
    case Outcome::kUnknown:
      life.life = Life::kUndecided;
      life.reason = "the solver gave up within its time limit";
      break;
  }
  context_.solver.end();
  if (life.life == Life::kExcluded) classify_coreless(rule, life);
}

/// Does the solver's packet suppose an address type that no address of the assumed host has?
bool Liveness::depends_on_assumed_host() const {
  const ir::Host* host = context_.structure.host;
  if (host != nullptr && !host->assumed) return false;
  const auto& fields = context_.encoder.fields();
  return std::any_of(fields.begin(), fields.end(), [&](const auto& field) {
    const bool type = field.first.first == ir::FieldId::kSaddrType || field.first.first == ir::FieldId::kDaddrType;
    return type && context_.solver.value(field.second).has_value();
  });
}

bool Liveness::confirm_alive(RuleRef rule, RuleLife& life) {
  for (const ChainId base : context_.structure.graph.bases(ruleset_, rule.chain)) {
    Candidate candidate = context_.candidate_of_model(base);
    WalkRequest request;
    request.base = base;
    request.choices = candidate.choices;
    request.target = rule;
    ++stats_.packets_walked;
    if (!context_.concrete.walk(candidate.packet, request).reached) continue;
    life.life = Life::kAlive;
    life.base = base;
    life.packet = std::move(candidate);
    return true;
  }
  return false;
}

void Liveness::explain_death(RuleRef rule, const SymbolicWalk::Reach& reach, RuleLife& life) {
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
std::vector<VarId> Liveness::minimise(std::vector<VarId> core, const std::vector<Guard>& order) {
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

void Liveness::find_witness(RuleRef rule, const SymbolicWalk::Reach& reach, const std::vector<VarId>& core,
                            RuleLife& life) {
  constexpr std::size_t kTried = 8;
  for (std::size_t i = 0; i < std::min(core.size(), kTried); ++i) {
    // Everybody at his post but this one: the packets that it takes alone. When there are none, only the others of the
    // smallest set stay.
    std::vector<VarId> others;
    for (const Guard& guard : reach.guards)
      if (guard.variable != core[i]) others.push_back(guard.variable);
    if (context_.solver.check(others) != Outcome::kSat) {
      others = core;
      others.erase(others.begin() + static_cast<std::ptrdiff_t>(i));
      if (context_.solver.check(others) != Outcome::kSat) continue;
    }
    std::vector<RuleRef> disabled;
    for (const Guard& guard : reach.guards)
      if (context_.solver.value(guard.variable).value_or(0) == 0) disabled.push_back(guard.rule);
    if (witness_of_model(rule, disabled, life) && life.differs) return;
  }
}

bool Liveness::witness_of_model(RuleRef rule, const std::vector<RuleRef>& disabled, RuleLife& life) {
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
void Liveness::classify_coreless(RuleRef rule, RuleLife& life) {
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
