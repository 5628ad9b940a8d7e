// SPDX-License-Identifier: Apache-2.0
// Whole ways in which only one rule is looked at.
#include "analyzer/cover/way_proofs.h"

#include <algorithm>
#include <array>

#include "analyzer/regions/engine.h"
#include "analyzer/regions/world.h"

namespace nfproof::analyzer {
namespace {

using ir::CtState;
using ir::FieldId;
using ir::ValueSet;
using regions::Engine;
using regions::Ref;

FieldId destination(ir::Family family) { return family == ir::Family::kIpv4 ? FieldId::kIpDaddr : FieldId::kIp6Daddr; }

ValueSet no_mark() { return ValueSet::of_masks({{0, 0xffffffffU}}); }

/// Effects whose packets go other ways than those that are followed.
bool is_followed(const ir::Effect& effect) {
  return !std::holds_alternative<ir::Duplicate>(effect) && !std::holds_alternative<ir::OpaqueEffect>(effect) &&
         !std::holds_alternative<ir::GiveToSocket>(effect) && !std::holds_alternative<ir::AnswerSyn>(effect) &&
         !std::holds_alternative<ir::TranslatePrefix>(effect) && !std::holds_alternative<ir::TrackAs>(effect);
}

bool all_followed(const ir::Ruleset& ruleset, ir::Family family) {
  for (const ir::Chain& chain : ruleset.chains) {
    const ir::Family own = ruleset.table(chain.table).family;
    if (own != family && own != ir::Family::kInet) continue;
    for (const ir::Rule& rule : chain.rules)
      if (!std::all_of(rule.effects.begin(), rule.effects.end(), is_followed)) return false;
  }
  return true;
}

}  // namespace

struct WayProofs::State {
  State(const ir::Ruleset& of, const ir::Host& machine, ir::Family its, const Tracking& tracked,
        std::chrono::milliseconds limit)
      : ruleset(of), host(machine), family(its), tracking(tracked), time(limit) {
    host.assumed = false;  // it is the one that is asked about
    possible = tracking.on && !tracking.helpers && all_followed(ruleset, family);
  }

  Engine& engine() {
    if (made) return *made;
    RegionOptions options;
    options.host = &host;
    options.families = {family};
    options.budget = {.edges = 10'000'000, .time = time};
    const std::vector<ir::FieldTest> tests{
        {FieldId::kMark, 0, false, no_mark()},
        {destination(family), 0, false, regions::copied_destinations(host, family)},
    };
    made = std::make_unique<Engine>(family, std::vector{&ruleset}, options, tests);
    return *made;
  }

  Ref facts(HostWay way, bool translates);
  bool behind_source_translation(HostWay way, ir::ChainId base_of_place);
  bool unreachable_by(HostWay way, ir::RuleRef place);

  const ir::Ruleset& ruleset;
  ir::Host host;
  ir::Family family;
  Tracking tracking;
  std::chrono::milliseconds time;
  bool possible = false;
  std::unique_ptr<Engine> made;
};

/// What holds of packets as they come to the host, beyond what can be said of any ruleset.
Ref WayProofs::State::facts(HostWay way, bool translates) {
  regions::Space& space = engine().space;
  regions::DiagramStore& store = space.store();
  const bool v4 = family == ir::Family::kIpv4;
  const auto state = [&](std::initializer_list<CtState> states) {
    ValueSet::Intervals values;
    for (const CtState each : states) values.push_back({static_cast<unsigned>(each), static_cast<unsigned>(each)});
    return space.in(FieldId::kCtState, ValueSet::of_intervals(std::move(values)));
  };
  const Ref errors = space.presence(v4 ? ir::Presence::kIcmp : ir::Presence::kIcmp6);
  Ref all = space.is(v4 ? FieldId::kIpFragOffset : FieldId::kIp6FragOffset, 0);
  const auto implies = [&](Ref condition, Ref consequence) {
    all = store.both(all, store.either(store.negate(condition), consequence));
  };
  implies(state({CtState::kRelated}), errors);
  if (!tracking.notrack) implies(state({CtState::kUntracked}), v4 ? regions::kNo : errors);
  if (way == HostWay::kOutput) return all;
  // A packet that comes over the loopback interface was translated when it was sent.
  if (translates) all = store.without(all, regions::by_loopback(space));
  if (!space.variables_of(FieldId::kMark).empty())
    all = store.both(all, store.either(space.in(FieldId::kMark, no_mark()), regions::sent_here(space)));
  return all;
}

/// Is there a chain on the way that a packet meets only after its source was rewritten? That is not followed.
bool WayProofs::State::behind_source_translation(HostWay way, ir::ChainId place) {
  bool translated = false;
  for (const WayStep& step : way_steps(ruleset, family, way)) {
    if (translated && ruleset.chain(step.chain).table == ruleset.chain(place).table) return true;
    translated = translated || (step.nat && step.hook != ir::Hook::kPrerouting && step.hook != ir::Hook::kOutput);
  }
  return false;
}

bool WayProofs::State::unreachable_by(HostWay way, ir::RuleRef place) {
  if (behind_source_translation(way, place.chain)) return false;
  Engine& all = engine();
  const Ref function = all.way(0, way, {.deciders = false, .effects = false, .target = place, .any_connection = true});
  const Ref there = all.where(function, [&](const regions::Leaf& leaf) { return leaf.decider == place; });
  const Ref left = all.space.store().both(there, facts(way, ruleset.translates(place.chain)));
  return all.trouble().empty() && left == regions::kNo;
}

WayProofs::WayProofs(const ir::Ruleset& ruleset, const ir::Host& host, ir::Family family, const Tracking& tracking,
                     std::chrono::milliseconds time)
    : state_(std::make_unique<State>(ruleset, host, family, tracking, time)) {}

WayProofs::~WayProofs() = default;

bool WayProofs::unreachable(ir::RuleRef place) {
  if (!state_->possible) return false;
  return std::all_of(kHostWays.begin(), kHostWays.end(),
                     [&](HostWay way) { return state_->unreachable_by(way, place); });
}

}  // namespace nfproof::analyzer
