// SPDX-License-Identifier: Apache-2.0
// Expressions and witnesses of regions.
#include "analyzer/regions/readout.h"

#include <algorithm>
#include <string_view>

namespace nfproof::analyzer::regions {
namespace {

// Alternatives. Thousands of regions of hundreds of them each are nothing that anybody reads.
constexpr std::size_t kMostCubesInAll = 40'000;
constexpr std::size_t kFewCubes = 12;

}  // namespace

Reader::Reader(Engine& engine, HostWay way, const RegionOptions& options, std::size_t regions)
    : engine_(engine),
      way_(way),
      options_(options),
      world_(world(engine.space, way)),
      most_cubes_(std::clamp<std::size_t>(kMostCubesInAll / std::max<std::size_t>(regions, 1), kFewCubes, kMostCubes)) {
}

namespace {

/// `EFFECT picks FIELD#VARIABLE`, as `Effects` names them.
std::string pick_text(const std::string& key) {
  constexpr std::string_view kPicks = " picks ";
  const std::size_t verb = key.rfind(kPicks);
  if (verb == std::string::npos) return key;
  const std::size_t field = verb + kPicks.size();
  const std::string name = key.substr(field, key.find('#', field) - field);
  return verb == 0 ? "the new value of " + name : "the " + name + " that " + key.substr(0, verb) + " picks";
}

RegionChoice choice_of(const Space& space, Variable variable) {
  RegionChoice choice;
  const auto& uses = space.uses(variable);
  const VariableInfo& info = space.info(variable);
  if (!uses.empty()) {
    const auto asked = std::find_if(uses.begin(), uses.end(), [](const AnswerUse& use) { return !use.derived; });
    const AnswerUse& use = asked == uses.end() ? uses.front() : *asked;
    choice.side = use.side;
    choice.rule = use.rule;
    choice.predicate = use.predicate;
  } else {
    choice.text = info.key.empty() ? "a TCP option" : pick_text(info.key);
  }
  return choice;
}

}  // namespace

PacketRegion Reader::read(Ref region, const std::vector<const Leaf*>& ends, std::vector<std::string>& internal_errors) {
  PacketRegion result;
  result.way = way_;
  result.family = engine_.space.family();
  if (!options_.read_out) return result;
  RegionText text = RegionWriter(engine_.space, world_).write(region, most_cubes_);
  result.expression = std::move(text.expression);
  result.complete = text.complete;
  result.certain = text.certain;
  for (const Variable variable : text.depends_on) result.depends_on.push_back(choice_of(engine_.space, variable));
  const Specimen specimen = engine_.specimen(region, way_);
  if (!engine_.trouble().empty()) return result;  // it means nothing, and who asked tells why
  bool good = true;
  for (std::size_t side = 0; side < ends.size(); ++side)
    good =
        good && engine_.replays(specimen, side, way_, *ends[side], side == 0 ? options_.oracle : options_.new_oracle);
  if (good) {
    result.witness = specimen.packet;
    for (Variable variable = 0; variable < specimen.atoms.size(); ++variable) {
      const VariableInfo& info = engine_.space.info(variable);
      if (info.kind != VariableInfo::Kind::kAnswer || !specimen.atoms[variable]) continue;
      result.supposed.push_back(choice_of(engine_.space, variable));
      result.supposed.back().answer = *specimen.atoms[variable] == 1;
    }
  } else if (specimen.certain) {
    internal_errors.push_back("a packet of the region `" + result.expression +
                              "` does not replay: " + ir::packet_expression(specimen.packet));
  }
  return result;
}

RegionFate fate_of(const Engine& engine, const Leaf& leaf) {
  return {leaf.verdict, leaf.decider, leaf.hook, engine.effects.texts(leaf.effects), leaf.detail};
}

std::vector<ir::Family> families_of(const std::vector<const ir::Ruleset*>& rulesets, const RegionOptions& options) {
  std::vector<ir::Family> found;
  for (const ir::Family family : {ir::Family::kIpv4, ir::Family::kIpv6}) {
    const bool wanted = options.families.empty() ||
                        std::find(options.families.begin(), options.families.end(), family) != options.families.end();
    const bool used = std::any_of(rulesets.begin(), rulesets.end(), [&](const ir::Ruleset* ruleset) {
      return std::any_of(ruleset->tables.begin(), ruleset->tables.end(), [&](const ir::Table& table) {
        return table.family == family || table.family == ir::Family::kInet;
      });
    });
    if (wanted && (used || !options.families.empty())) found.push_back(family);
  }
  return found;
}

void note_assumptions(const std::vector<const ir::Ruleset*>& rulesets, const RegionOptions& options,
                      std::vector<std::string>& assumptions) {
  const bool known = options.host != nullptr && !options.host->assumed;
  if (!known)
    assumptions.emplace_back(
        "the host's addresses and routes are not known: packets of any destination may be delivered or forwarded");
  const bool nat = std::any_of(rulesets.begin(), rulesets.end(), [](const ir::Ruleset* ruleset) {
    return std::any_of(ruleset->chains.begin(), ruleset->chains.end(), [](const ir::Chain& chain) {
      return chain.base && chain.base->type == ir::ChainType::kNat && !chain.rules.empty();
    });
  });
  if (nat)
    assumptions.emplace_back(
        "packets of connections that are not new belong to connections without address translation");
}

}  // namespace nfproof::analyzer::regions
