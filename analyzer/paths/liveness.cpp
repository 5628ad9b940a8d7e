// SPDX-License-Identifier: Apache-2.0
// Deciding rules level by level: candidate packets first, then the solver.
#include "analyzer/paths/liveness.h"

#include <algorithm>

#include "analyzer/jobs.h"
#include "analyzer/paths/rule_solver.h"

namespace nfproof::analyzer {
namespace {

using ir::ChainId;
using ir::RuleRef;
using ir::VerdictKind;

constexpr std::size_t kWays = 3;    // ways to a chain that packets are tried on
constexpr std::size_t kBlock = 32;  // rules that a thread takes at once

std::size_t index(ChainId chain) { return static_cast<std::size_t>(chain); }

bool is_possible(const RuleLife& life) {
  return life.life == Life::kAlive || life.life == Life::kPossible || life.life == Life::kUndecided;
}

bool is_proved_dead(const RuleLife& life) {
  return life.life == Life::kShadowed || life.life == Life::kContradictory || life.life == Life::kExcluded;
}

}  // namespace

Liveness::Liveness(SolverLanes& lanes, std::function<bool()> out_of_time)
    : lanes_(lanes),
      context_(lanes.first()),
      ruleset_(context_.structure.ruleset),
      out_of_time_(std::move(out_of_time)),
      place_(ruleset_.chains.size(), 0),
      lives_(ruleset_.chains.size()),
      ways_(ruleset_.chains.size()),
      entered_(ruleset_.chains.size(), false),
      probers_(std::max(1U, lanes.threads())) {
  for (std::size_t c = 0; c < lives_.size(); ++c) lives_[c].resize(ruleset_.chains[c].rules.size());
  const auto& order = context_.structure.graph.order();
  for (std::size_t i = 0; i < order.size(); ++i) place_[index(order[i])] = i;
}

void Liveness::decide_all() {
  for (const std::vector<ChainId>& level : levels()) decide_level(level);
  for (const auto& prober : probers_)
    if (prober) stats_.packets_walked += prober->packets_walked();
}

/// A chain stands one level below its lowest caller.
std::vector<std::vector<ChainId>> Liveness::levels() const {
  std::vector<std::vector<ChainId>> found;
  std::vector<std::size_t> depth(ruleset_.chains.size(), 0);
  const CallGraph& graph = context_.structure.graph;
  for (const ChainId chain : graph.order()) {
    if (ruleset_.table_of(chain).family != context_.family) continue;
    std::size_t& mine = depth[index(chain)];
    for (const RuleRef caller : graph.callers(chain)) mine = std::max(mine, depth[index(caller.chain)] + 1);
    if (found.size() <= mine) found.resize(mine + 1);
    found[mine].push_back(chain);
  }
  return found;
}

void Liveness::decide_level(const std::vector<ChainId>& chains) {
  std::vector<RuleRef> rules;
  for (const ChainId chain : chains) {
    enter(chain);
    for (std::uint32_t i = 0; i < lives_[index(chain)].size(); ++i)
      if (entered(chain))
        rules.push_back({chain, i});
      else
        lives_[index(chain)][i].life = Life::kNoEntry;
  }
  probe(rules);
  std::vector<RuleRef> open;
  for (const RuleRef rule : rules) {
    const RuleLife& life = life_of(rule);
    if (life.life == Life::kNotAsked) open.push_back(rule);
    if (life.life == Life::kAlive) ++stats_.alive_by_packet;
  }
  ask_solver(open);
  for (const RuleRef rule : rules)
    if (is_proved_dead(life_of(rule))) ++stats_.proved_dead;
}

/// By which ways packets come, as far as callers are known to match.
void Liveness::enter(ChainId chain) {
  std::vector<ChainWay>& ways = ways_[index(chain)];
  if (ruleset_.chain(chain).base) {
    entered_[index(chain)] = true;
    ways.push_back({chain, {}});
  }
  std::vector<RuleRef> callers = context_.structure.graph.callers(chain);
  std::stable_sort(callers.begin(), callers.end(),
                   [&](RuleRef a, RuleRef b) { return place_[index(a.chain)] < place_[index(b.chain)]; });
  for (const RuleRef caller : callers) {
    if (!is_possible(of(caller))) continue;
    entered_[index(chain)] = true;
    for (const ChainWay& way : ways_[index(caller.chain)]) {
      if (ways.size() >= kWays) return;
      ChainWay longer = way;
      longer.sites.push_back(caller);
      ways.push_back(std::move(longer));
    }
  }
}

bool Liveness::stopped(RuleLife& life) const {
  if (!out_of_time_()) return false;
  life.life = Life::kUndecided;
  life.reason = "the time limit of the whole analysis was reached";
  return true;
}

void Liveness::probe(const std::vector<RuleRef>& rules) {
  run_jobs(lanes_.threads(), (rules.size() + kBlock - 1) / kBlock, [&](std::size_t block, std::size_t worker) {
    auto& prober = probers_[worker];
    if (!prober) prober = std::make_unique<Prober>(context_.structure, context_.encoder);
    for (std::size_t i = block * kBlock; i < std::min(rules.size(), (block + 1) * kBlock); ++i) {
      RuleLife& life = life_of(rules[i]);
      if (!stopped(life)) (void)prober->probe(rules[i], ways(rules[i].chain), life);
    }
  });
}

void Liveness::ask_solver(const std::vector<RuleRef>& rules) {
  std::vector<std::size_t> walked(rules.size());
  lanes_.ask(rules.size(), [&](FamilyContext& context, std::size_t i) {
    RuleLife& life = life_of(rules[i]);
    if (stopped(life)) return;
    RuleSolver solver(context);
    solver.ask(rules[i], life);
    walked[i] = solver.packets_walked;
  });
  for (const std::size_t each : walked) stats_.packets_walked += each;
}

}  // namespace nfproof::analyzer
