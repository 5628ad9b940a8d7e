// SPDX-License-Identifier: Apache-2.0
// Setting up, and the replay of packets.
#include "analyzer/regions/engine.h"

#include <algorithm>

namespace nfproof::analyzer::regions {

using ir::FieldId;
using ir::u128;

namespace {

const ir::Host* known(const ir::Host* host) { return host != nullptr && !host->assumed ? host : nullptr; }

SpaceInput input_of(const std::vector<const ir::Ruleset*>& rulesets, ir::Family family, const RegionOptions& options,
                    const std::vector<ir::FieldTest>& more) {
  SpaceInput input;
  input.rulesets = rulesets;
  input.extra = world_tests(known(options.host), family);
  input.extra.insert(input.extra.end(), more.begin(), more.end());
  input.host = known(options.host);
  input.names = options.host;
  input.whole_packets = options.whole_packets;
  return input;
}

}  // namespace

Engine::Engine(ir::Family family, std::vector<const ir::Ruleset*> rulesets, const RegionOptions& options,
               const std::vector<ir::FieldTest>& extra)
    : space(family, input_of(rulesets, family, options, extra), options.budget),
      effects(space),
      rulesets_(std::move(rulesets)),
      names_(options.host) {
  for (std::size_t i = 0; i < rulesets_.size(); ++i)
    sides_.push_back(std::make_unique<Predicates>(space, *rulesets_[i], i, options.pair_by_order));
}

Ref Engine::where(Ref function, const std::function<bool(const Leaf&)>& wanted) {
  return space.store().map_terminals(function, [&](Ref ref) { return wanted(leaves[ref]) ? kYes : kNo; });
}

std::string Engine::trouble() const {
  if (space.store().out_of_time()) return "the time limit was reached";
  if (space.store().exhausted()) return "the rulesets need more memory than is allowed";
  return space.problem();
}

PathEnd Engine::walk(const Specimen& specimen, std::size_t side, HostWay way) {
  const ir::Ruleset& ruleset = *rulesets_[side];
  const auto picker = [&](ir::RuleRef rule, FieldId field) -> std::optional<u128> {
    const auto& done = ruleset.rule(rule)->effects;
    const auto nat = std::find_if(done.begin(), done.end(),
                                  [](const ir::Effect& effect) { return std::holds_alternative<ir::Nat>(effect); });
    if (nat == done.end()) return std::nullopt;
    const auto& asked = std::get<ir::Nat>(*nat);
    const std::string key = Effects::nat_pick_key(asked, field);
    const auto variables = space.variables_of(field);
    if (variables.empty()) return std::nullopt;
    const auto atom_for = [&](const std::string& name) -> std::optional<Atom> {
      const auto variable = space.find_key(name);
      if (!variable || *variable >= specimen.atoms.size()) return std::nullopt;
      return specimen.atoms[*variable].value_or(0);
    };
    if (const auto choice = atom_for(key + '#' + std::to_string(variables[0])))
      return space.value_of(variables[0], *choice + (space.info(variables[0]).may_be_absent ? 1 : 0), 2);
    const auto choice = atom_for(key);
    const auto& range = field == FieldId::kThDport ? asked.ports : asked.addresses;
    const auto picks = effects.picks(variables[0], range.value_or(ir::Interval{1, ~u128{0}}));
    if (picks.empty()) return std::nullopt;
    return picks[std::min<std::size_t>(choice.value_or(0), picks.size() - 1)].value;
  };
  return PathWalk(ruleset, space.host()).walk(specimen.packet, way, specimen.choices[side], picker);
}

bool Engine::replays(const Specimen& specimen, std::size_t side, HostWay way, const Leaf& leaf,
                     const WitnessOracle& oracle) {
  const PathEnd end = walk(specimen, side, way);
  if (end.elsewhere || end.exhausted || end.verdict != leaf.verdict) return false;
  if (leaf.decider && (end.decider != leaf.decider || end.hook != leaf.hook)) return false;
  if (!oracle) return true;
  for (const PathStage& stage : end.stages) {
    WitnessClaim claim;
    claim.base = stage.base;
    claim.fate = stage.fate;
    claim.choices = specimen.choices[side];
    if (!oracle(stage.packet, claim)) return false;
  }
  return true;
}

}  // namespace nfproof::analyzer::regions
