// SPDX-License-Identifier: Apache-2.0
// Users and groups, in as few classes as the tests tell apart.
#include "analyzer/cover/outside_facts.h"

#include <algorithm>
#include <set>

#include "compiler/ir/sender.h"

namespace nfproof::analyzer {
namespace {

constexpr std::size_t kMostTests = 64;
constexpr std::size_t kMostClasses = 256;

struct Asked {
  VarId variable{};
  ir::OwnerTest test;
};

void note_ends(std::set<std::uint32_t>& ids, const std::optional<ir::OwnerTest::Range>& range) {
  if (!range) return;
  ids.insert(range->first);
  if (range->last < 0xfffffffe) ids.insert(range->last + 1);
}

/// The answers of all tests to each kind of sender.
std::set<std::vector<bool>> answers(const std::vector<Asked>& asked) {
  std::set<std::uint32_t> users{0}, groups{0};
  for (const Asked& each : asked) note_ends(users, each.test.users), note_ends(groups, each.test.groups);
  std::set<std::vector<bool>> all;
  const auto add = [&](auto&& answer) {
    std::vector<bool> row;
    for (const Asked& each : asked) row.push_back(answer(each.test));
    all.insert(std::move(row));
  };
  for (const std::uint32_t user : users)
    for (const std::uint32_t group : groups) {
      const ir::Sender sender{.user = user, .group = group};
      add([&](const ir::OwnerTest& test) { return test.matches(&sender); });
    }
  add([](const ir::OwnerTest& test) { return test.matches(nullptr); });
  // The kernel has sockets of its own, which belong to nobody.
  add([](ir::OwnerTest test) { return test.socket != false && (test.socket.reset(), test.matches(nullptr)); });
  return all;
}

/// True of destinations that are groups only: who listens to them does not show in a ruleset.
bool is_for_groups(const ir::FieldTest& test) {
  const auto* ranges = test.values.intervals();
  if (test.negated || ranges == nullptr || ranges->empty()) return false;
  const bool v4 = test.field == ir::FieldId::kIpDaddr;
  if (!v4 && test.field != ir::FieldId::kIp6Daddr) return false;
  return std::all_of(ranges->begin(), ranges->end(), [v4](const ir::Interval& range) {
    return v4 ? range.lo >> 28 == 0xe && range.hi >> 28 == 0xe : range.lo >> 120 == 0xff;
  });
}

bool is_outside(const ir::Predicate& predicate) {
  return std::holds_alternative<ir::Opaque>(predicate) || std::holds_alternative<ir::BridgePort>(predicate) ||
         std::holds_alternative<ir::HelperTest>(predicate);
}

/// Does it follow from the host, or from a socket that anybody can make?
bool is_within_reach(const ir::Predicate& predicate, const ir::Host& host) {
  if (std::holds_alternative<ir::BridgePort>(predicate)) return !host.may_bridge();
  const auto* opaque = std::get_if<ir::Opaque>(&predicate);
  return opaque != nullptr && ir::read_owner_test(*opaque).has_value();
}

}  // namespace

FormulaId outside_facts(Encoder& encoder, const ir::Ruleset& ruleset, const ir::Host& host) {
  FormulaPool& pool = encoder.pool();
  std::vector<FormulaId> facts;
  std::vector<Asked> asked;
  for (const ChoiceVariable& each : encoder.choices()) {
    const ir::Predicate& predicate = ruleset.predicates[each.choice.predicate];
    if (std::holds_alternative<ir::BridgePort>(predicate) && !host.may_bridge())
      facts.push_back(pool.negate(pool.boolean(each.variable)));
    const auto* opaque = std::get_if<ir::Opaque>(&predicate);
    if (const auto test = opaque == nullptr ? std::nullopt : ir::read_owner_test(*opaque))
      asked.push_back({each.variable, *test});
  }
  if (asked.empty() || asked.size() > kMostTests) return pool.all(facts);
  const auto rows = answers(asked);
  if (rows.size() > kMostClasses) return pool.all(facts);
  std::vector<FormulaId> ways;
  for (const std::vector<bool>& row : rows) {
    std::vector<FormulaId> way;
    for (std::size_t i = 0; i < asked.size(); ++i) {
      const FormulaId yes = pool.boolean(asked[i].variable);
      way.push_back(row[i] ? yes : pool.negate(yes));
    }
    ways.push_back(pool.all(way));
  }
  facts.push_back(pool.any(ways));
  return pool.all(facts);
}

void add_outside_tests(const ir::Ruleset& ruleset, const ir::Host& host, ir::RuleRef ref,
                       std::vector<std::string>& texts) {
  const ir::Rule& rule = *ruleset.rule(ref);
  for (const ir::Condition& condition : rule.when) {
    std::vector<ir::PredicateId> parts{condition.predicate};
    if (const auto* any = std::get_if<ir::AnyOf>(&ruleset.predicates[condition.predicate])) parts = any->any;
    if (condition.match == ir::Condition::kBasic) parts.clear();
    if (std::any_of(parts.begin(), parts.end(), [&](ir::PredicateId part) {
          return is_outside(ruleset.predicates[part]) && !is_within_reach(ruleset.predicates[part], host);
        })) {
      const ir::ModuleUse& use = rule.matches[condition.match];
      texts.push_back(use.name.str() + (use.arguments.empty() ? "" : ' ' + use.arguments.str()));
    }
    const auto* test = std::get_if<ir::FieldTest>(&ruleset.predicates[condition.predicate]);
    if (test != nullptr && is_for_groups(*test)) texts.emplace_back("a listener to the multicast group");
  }
}

}  // namespace nfproof::analyzer
