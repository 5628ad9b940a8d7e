// SPDX-License-Identifier: Apache-2.0
// Which packets meet another fate under another ruleset. First both ways are compared without asking who decides, which
// keeps the diagrams small; only for the packets that differ the deciding rules are looked for.
#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <memory>
#include <set>
#include <utility>

#include "analyzer/regions/fibres.h"
#include "analyzer/regions/lock_step.h"
#include "analyzer/regions/readout.h"

namespace nfproof::analyzer {

using regions::Detail;
using regions::Engine;
using regions::kNo;
using regions::kYes;
using regions::Leaf;
using regions::Ref;

namespace {

/// For better or worse: what is done to the packet is not looked at.
bool same_verdict(const Leaf& a, const Leaf& b) {
  if (a.kind == Leaf::Kind::kElsewhere || b.kind == Leaf::Kind::kElsewhere) return a.kind == b.kind;
  return a.verdict == b.verdict && a.detail == b.detail;
}

bool has_tables(const ir::Ruleset& ruleset, ir::Family family) {
  return std::any_of(ruleset.tables.begin(), ruleset.tables.end(), [&](const ir::Table& table) {
    return table.family == family || table.family == ir::Family::kInet;
  });
}

class Comparison {
 public:
  /// `open`: packets that may differ.
  /// `asks`: some of them may come to tests that keep state.
  Comparison(Engine& engine, HostWay way, const RegionOptions& options, Ref open, bool asks, DiffResult& result)
      : engine_(engine), way_(way), options_(options), open_(open), asks_(asks), result_(result) {}

  void run() {
    if (open_ == kNo) return;
    const Ref differing = combined({.deciders = false, .effects = options_.effects, .within = open_});
    if (failed()) return;
    if (differing == kNo) {
      if (asks_)
        result_.undecided.push_back(
            {engine_.space.family(), way_,
             "each answer of tests that keep state leads to the same, but they are not shown to "
             "be asked alike, as often and in the same order"});
      return;
    }
    if (!options_.read_out) {
      Difference row;
      row.region.way = way_;
      row.region.family = engine_.space.family();
      result_.differences.push_back(std::move(row));
      return;
    }
    const Ref before = engine_.way(0, way_, {.deciders = true, .effects = options_.effects, .within = differing});
    const Ref after = engine_.way(1, way_, {.deciders = true, .effects = options_.effects, .within = differing});
    if (failed()) return;
    read_out(before, after);
    if (failed()) return;
  }

 private:
  bool failed() {
    const std::string trouble = engine_.trouble();
    if (!trouble.empty()) result_.undecided.push_back({engine_.space.family(), way_, trouble});
    return !trouble.empty();
  }

  /// Packets for which the two are not the same.
  Ref combined(Detail detail) {
    const Ref before = engine_.way(0, way_, detail);
    const Ref after = engine_.way(1, way_, detail);
    if (before == after) return kNo;
    // Packets with the same verdict and other effects: a number for each pair of lists, behind no and yes.
    std::map<std::pair<regions::EffectsId, regions::EffectsId>, std::uint32_t> lists;
    const Ref differing = engine_.space.store().combine(before, after, [&](Ref a, Ref b) {
      const Leaf& x = engine_.leaves[a];
      const Leaf& y = engine_.leaves[b];
      if (!same_verdict(x, y)) return kYes;
      if (!detail.effects || x.effects == y.effects) return kNo;
      const auto next = static_cast<std::uint32_t>(lists.size() + 2);
      return regions::terminal(lists.emplace(std::pair{x.effects, y.effects}, next).first->second);
    });
    std::map<Ref, Ref> unequal;
    for (const auto& [pair, number] : lists)
      unequal.emplace(regions::terminal(number),
                      engine_.space.store().negate(engine_.effects.same_result(pair.first, pair.second)));
    return engine_.space.store().expand(differing, unequal);
  }

  /// All packets for which the same two places decide, whatever else is done to them.
  struct Group {
    Leaf before;
    Leaf after;
    std::set<regions::EffectsId> old_effects, new_effects;
  };

  void read_out(Ref before, Ref after) {
    using Key = std::pair<Leaf, Leaf>;
    std::map<Key, std::uint32_t> numbers;
    std::vector<Group> groups(1);  // 0: packets that do not differ
    const Ref numbered = engine_.space.store().combine(before, after, [&](Ref a, Ref b) {
      Leaf x = engine_.leaves[a];
      Leaf y = engine_.leaves[b];
      if (x.kind == Leaf::Kind::kElsewhere || y.kind == Leaf::Kind::kElsewhere) return regions::terminal(0);
      const auto old_effects = std::exchange(x.effects, 0);
      const auto new_effects = std::exchange(y.effects, 0);
      const auto [known, fresh] = numbers.emplace(Key{x, y}, static_cast<std::uint32_t>(groups.size()));
      if (fresh) groups.push_back({x, y, {}, {}});
      groups[known->second].old_effects.insert(old_effects);
      groups[known->second].new_effects.insert(new_effects);
      return regions::terminal(known->second);
    });
    regions::DiagramStore& store = engine_.space.store();
    regions::Reader reader(engine_, way_, options_, numbers.size());
    regions::Fibres fibres(store, numbered);
    const std::size_t mark = store.mark();
    for (const auto& [key, number] : numbers) {
      store.roll_back(mark);
      const Ref region = fibres.of(std::array{regions::terminal(number)});
      if (region == kNo) continue;
      const Group& group = groups[number];
      Difference row;
      row.region = reader.read(region, {&group.before, &group.after}, result_.internal_errors);
      if (!engine_.trouble().empty()) return;
      row.before = fate(group.before, group.old_effects);
      row.after = fate(group.after, group.new_effects);
      row.only_effects = group.before.verdict == group.after.verdict;
      result_.differences.push_back(std::move(row));
    }
  }

  /// With what is done to all packets alike, or to some of them.
  RegionFate fate(const Leaf& leaf, const std::set<regions::EffectsId>& effects) const {
    RegionFate result = regions::fate_of(engine_, leaf);
    std::set<std::string> all;
    for (const regions::EffectsId each : effects)
      for (const std::string& text : engine_.effects.texts(each)) all.insert(text);
    if (effects.size() == 1)
      result.effects = engine_.effects.texts(*effects.begin());
    else
      for (const std::string& text : all) result.effects.push_back("for some: " + text);
    return result;
  }

  Engine& engine_;
  HostWay way_;
  const RegionOptions& options_;
  Ref open_;
  bool asks_;
  DiffResult& result_;
};

bool keeps_state(Engine& engine, std::size_t side) {
  const auto& chains = engine.side(side).ruleset().chains;
  return std::any_of(chains.begin(), chains.end(), [&](const ir::Chain& chain) {
    return std::any_of(chain.rules.begin(), chain.rules.end(), [&](const ir::Rule& rule) {
      return std::any_of(rule.when.begin(), rule.when.end(), [&](const ir::Condition& condition) {
        return engine.side(side).keeps_state(condition.predicate);
      });
    });
  });
}

/// Chain by chain first, then the whole ways for the packets that are left.
void compare_family(ir::Family family, const std::vector<const ir::Ruleset*>& both, const RegionOptions& options,
                    DiffResult& result) {
  const auto start = std::chrono::steady_clock::now();
  RegionOptions half = options;
  half.budget.edges /= 2;
  half.budget.time /= 2;
  auto engine = std::make_unique<Engine>(family, both, half);
  std::vector<Ref> open;
  std::vector<bool> asks;
  {
    regions::LockStep steps(engine->space, engine->side(0), engine->side(1));
    for (const HostWay way : options.ways) {
      open.push_back(steps.open(way));
      asks.push_back(steps.asks(open.back()));
    }
  }
  RegionOptions rest = options;
  rest.budget.time -= std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start);
  if (engine->trouble().empty()) {
    engine->space.store().renew(rest.budget);
  } else {
    engine = std::make_unique<Engine>(family, both, rest);
    open.assign(options.ways.size(), kYes);
    asks.assign(options.ways.size(), keeps_state(*engine, 0) || keeps_state(*engine, 1));
  }
  for (std::size_t i = 0; i < options.ways.size(); ++i)
    Comparison(*engine, options.ways[i], options, open[i], asks[i], result).run();
}

}  // namespace

DiffResult diff(const ir::Ruleset& before, const ir::Ruleset& after, const RegionOptions& options) {
  DiffResult result;
  const std::vector<const ir::Ruleset*> both{&before, &after};
  regions::note_assumptions(both, options, result.assumptions);
  for (const ir::Family family : regions::families_of(both, options)) {
    for (const std::size_t side : {std::size_t{0}, std::size_t{1}})
      if (!has_tables(*both[side], family))
        result.assumptions.push_back(std::string(side == 0 ? "the old" : "the new") + " ruleset has no " +
                                     (family == ir::Family::kIpv4 ? "IPv4" : "IPv6") +
                                     " tables: it lets all such packets through");
    compare_family(family, both, options, result);
  }
  result.equivalent = result.differences.empty() && result.undecided.empty() && result.internal_errors.empty();
  return result;
}

}  // namespace nfproof::analyzer
