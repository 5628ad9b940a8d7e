// SPDX-License-Identifier: Apache-2.0
// Clocks, and the order in which rules are loaded.
#include "sim/match_state.h"

#include <algorithm>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include "sim/calendar.h"

namespace nfproof::sim {
namespace {

constexpr Nanoseconds kSecond = 1'000'000'000;

/// Base chains by their hook, then user chains by name: so libiptc lays a table out.
std::vector<const ir::Chain*> load_order(const ir::Ruleset& ruleset, const ir::Table& table) {
  std::vector<const ir::Chain*> chains;
  for (const ir::ChainId id : table.chains) chains.push_back(&ruleset.chain(id));
  std::sort(chains.begin(), chains.end(), [](const ir::Chain* a, const ir::Chain* b) {
    if (a->base.has_value() != b->base.has_value()) return a->base.has_value();
    if (a->base) return a->base->hook < b->base->hook;
    return a->name < b->name;
  });
  return chains;
}

}  // namespace

MatchState::MatchState(const ir::Ruleset& ruleset, const SimOptions& options)
    : hash_limits(options.hz),
      recent({.hz = options.hz, .addresses = options.recent_addresses, .stamps = options.recent_stamps}),
      options_(options),
      random_(options.seed) {
  for (const ir::Table& table : ruleset.tables) {
    for (const ir::Chain* chain : load_order(ruleset, table)) declare(ruleset, *chain, table.family);
    for (const ir::ChainId chain : table.chains) share_divided(ruleset, chain);
  }
}

/// Equal tests of the parts of a rule are one statement: the first part that has it keeps the state.
void MatchState::share_divided(const ir::Ruleset& ruleset, ir::ChainId id) {
  const std::vector<ir::Rule>& rules = ruleset.chain(id).rules;
  std::map<std::pair<ir::PredicateId, std::size_t>, Place> first;  // by test and which of its equals in the part
  for (std::uint32_t i = 0; i < rules.size(); ++i) {
    const std::uint32_t number = rules[i].nft_number;
    const auto belongs_to = [&](std::size_t other) {
      return other < rules.size() && rules[other].nft_number == number;
    };
    if (number == 0 || !(belongs_to(i + 1) || (i > 0 && belongs_to(i - 1)))) continue;
    if (i == 0 || !belongs_to(i - 1)) first.clear();
    std::map<ir::PredicateId, std::size_t> seen;
    for (std::uint32_t c = 0; c < rules[i].when.size(); ++c) {
      const ir::PredicateId predicate = rules[i].when[c].predicate;
      const Place place{{id, i}, c, predicate};
      const auto [keeper, fresh] = first.emplace(std::pair{predicate, seen[predicate]++}, place);
      if (!fresh) keepers_.emplace(place, keeper->second);
    }
  }
}

void MatchState::declare(const ir::Ruleset& ruleset, const ir::Chain& chain, ir::Family family) {
  for (const ir::Rule& rule : chain.rules)
    for (const ir::Condition& condition : rule.when) {
      const ir::Predicate& predicate = ruleset.predicates[condition.predicate];
      if (const auto* limit = std::get_if<ir::HashLimit>(&predicate)) hash_limits.declare(*limit, family);
      if (const auto* list = std::get_if<ir::Recent>(&predicate)) recent.declare(*list);
    }
}

void MatchState::advance(Nanoseconds now) {
  if (!started_) {
    started_ = true;
    start_ = now;
    minutes_east_ = zone_offset(options_.timezone.empty() ? "UTC" : options_.timezone, now / kSecond).value_or(0);
  }
  now_ = now;
  seconds_ = now / kSecond;
  const Nanoseconds elapsed = std::max<Nanoseconds>(now - start_, 0);
  const auto whole = static_cast<std::uint64_t>(elapsed / kSecond),
             rest = static_cast<std::uint64_t>(elapsed % kSecond);
  jiffies_ = std::max(jiffies_, whole * options_.hz + rest * options_.hz / kSecond);
}

std::uint64_t& MatchState::quota(const Place& place, const ir::Quota& test) {
  return quotas_.emplace(keeper(place), test.bytes).first->second;
}

const StringSearch& MatchState::search(ir::PredicateId id, const ir::StringTest& test) {
  const auto found = searches_.find(id);
  return found != searches_.end() ? found->second : searches_.emplace(id, test).first->second;
}

}  // namespace nfproof::sim
