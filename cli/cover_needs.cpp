// SPDX-License-Identifier: Apache-2.0
// Needs of stateful tests.
#include "cli/cover_needs.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "compiler/ir/facts.h"
#include "sim/calendar.h"
#include "sim/cover/log.h"

namespace nfproof::cli {
namespace {

constexpr std::uint64_t kMostPackets = 4000;

bool is_chance(const ir::Predicate& predicate) {
  const auto* test = std::get_if<ir::Statistic>(&predicate);
  return test != nullptr && test->mode == ir::Statistic::Mode::kRandom;
}

/// The share of packets for which chance answers so.
double share_of(const ir::Statistic& test, bool answer) {
  const double share = static_cast<double>(test.probability) / 2147483648.0;
  return answer != test.negated ? share : 1 - share;
}

/// A test and what it is to answer.
std::uint64_t needed(const ir::Predicate& predicate, bool answer) {
  if (const auto* limit = std::get_if<ir::Limit>(&predicate)) return answer ? 1 : std::uint64_t{limit->burst} * 2 + 4;
  if (const auto* limit = std::get_if<ir::HashLimit>(&predicate)) {
    const bool above = (limit->mode & ir::HashLimit::kInvert) != 0;
    const bool bytes = (limit->mode & ir::HashLimit::kBytes) != 0;
    return answer == above ? (bytes ? kMostPackets : limit->burst * 2 + 4) : 1;
  }
  if (const auto* statistic = std::get_if<ir::Statistic>(&predicate); statistic && !is_chance(predicate))
    return std::uint64_t{statistic->every} + 2;
  if (const auto* limit = std::get_if<ir::ConnLimit>(&predicate))
    return answer != limit->negated ? std::uint64_t{limit->limit} + 2 : 1;
  if (const auto* quota = std::get_if<ir::Quota>(&predicate))
    return answer == quota->negated ? quota->bytes / 60 + 2 : 1;
  if (const auto* recent = std::get_if<ir::Recent>(&predicate))
    return recent->action == ir::Recent::Action::kSet ? 1 : std::uint64_t{recent->hit_count} + 3;
  if (const auto* bytes = std::get_if<ir::ConnBytes>(&predicate)) {
    const std::uint64_t from = bytes->what == ir::ConnBytes::What::kPackets ? bytes->from : bytes->from / 60;
    return from + 2;
  }
  return 1;
}

}  // namespace

unsigned packets_needed(const ir::Ruleset& ruleset, const std::vector<analyzer::Choice>& choices) {
  std::uint64_t most = 1;
  for (const analyzer::Choice& choice : choices)
    most = std::max(most, needed(ruleset.predicates[choice.predicate], choice.answer));
  // So many that all of them missing is a matter of one in a million.
  double share = 1;
  for (const analyzer::Choice& choice : choices)
    if (is_chance(ruleset.predicates[choice.predicate]))
      share *= share_of(std::get<ir::Statistic>(ruleset.predicates[choice.predicate]), choice.answer);
  if (share < 1) most = std::max(most, static_cast<std::uint64_t>(std::ceil(14 / std::max(share, 0.001))));
  return static_cast<unsigned>(std::min(most, kMostPackets));
}

bool has_chance(const ir::Ruleset& ruleset) {
  for (std::size_t i = 0; i < ruleset.predicates.size(); ++i)
    if (is_chance(ruleset.predicates[static_cast<ir::PredicateId>(i)])) return true;
  return false;
}

bool needs_luck(const ir::Ruleset& ruleset, const std::vector<analyzer::Choice>& choices) {
  return std::any_of(choices.begin(), choices.end(),
                     [&](const analyzer::Choice& choice) { return is_chance(ruleset.predicates[choice.predicate]); });
}

sim::Nanoseconds moment_needed(const ir::Ruleset& ruleset, const std::vector<analyzer::Choice>& choices) {
  constexpr std::int64_t kQuarter = 900, kDay = 86400, kYears = 15 * 366 * kDay;
  std::vector<std::pair<const ir::TimeTest*, bool>> tests;
  for (const analyzer::Choice& choice : choices)
    if (const auto* test = std::get_if<ir::TimeTest>(&ruleset.predicates[choice.predicate]))
      tests.emplace_back(test, choice.answer);
  if (tests.empty()) return 0;
  const auto fits = [&](std::int64_t second) {
    return std::all_of(tests.begin(), tests.end(),
                       [&](const auto& each) { return sim::time_matches(*each.first, second, 0) == each.second; });
  };
  const std::int64_t start = sim::kCoverBeginning / 1000000000 + 60;
  for (std::int64_t second = start; second < start + kYears; second += kQuarter)
    if (fits(second)) return second * 1000000000;
  return 0;
}

std::vector<sim::PayloadText> texts_needed(const ir::Ruleset& ruleset, const std::vector<analyzer::Choice>& choices) {
  std::vector<sim::PayloadText> texts;
  for (const analyzer::Choice& choice : choices)
    if (const auto* test = std::get_if<ir::StringTest>(&ruleset.predicates[choice.predicate]); test && choice.answer)
      texts.push_back({test->pattern, test->from});
  return texts;
}

std::optional<ir::Sender> sender_needed(const ir::Ruleset& ruleset, const std::vector<analyzer::Choice>& choices) {
  std::vector<std::pair<ir::OwnerTest, bool>> tests;
  std::set<std::uint32_t> users{0}, groups{0};
  const auto note = [](std::set<std::uint32_t>& ids, const std::optional<ir::OwnerTest::Range>& range) {
    if (!range) return;
    ids.insert(range->first);
    if (range->last < 0xfffffffe) ids.insert(range->last + 1);
  };
  for (const analyzer::Choice& choice : choices) {
    const auto* opaque = std::get_if<ir::Opaque>(&ruleset.predicates[choice.predicate]);
    const auto test = opaque == nullptr ? std::nullopt : ir::read_owner_test(*opaque);
    if (!test) continue;
    tests.emplace_back(*test, choice.answer);
    note(users, test->users), note(groups, test->groups);
  }
  for (const std::uint32_t user : users)
    for (const std::uint32_t group : groups) {
      const ir::Sender sender{.user = user, .group = group};
      const auto fits = [&](const auto& each) { return each.first.matches(&sender) == each.second; };
      if (std::all_of(tests.begin(), tests.end(), fits)) return sender;
    }
  return std::nullopt;
}

bool needs_time(const ir::Ruleset& ruleset, const std::vector<ir::PredicateId>& tests) {
  return std::any_of(tests.begin(), tests.end(), [&](ir::PredicateId id) {
    return ir::any_part(ruleset.predicates, id,
                        [](const ir::Predicate& part) { return std::holds_alternative<ir::TimeTest>(part); });
  });
}

std::string why_open(const ir::Ruleset& ruleset, const std::vector<ir::PredicateId>& tests) {
  for (const ir::PredicateId id : tests) {
    const ir::Predicate& predicate = ruleset.predicates[id];
    if (const auto* test = std::get_if<ir::FieldTest>(&predicate)) {
      if (test->field == ir::FieldId::kMark || test->field == ir::FieldId::kCtMark)
        return "no packet was found that carries the mark it tests";
      if (test->field == ir::FieldId::kCtState) continue;
    }
    if (const std::string_view module = ir::module_of(predicate); !module.empty())
      return "no packets were found for which `" + std::string(module) + "` answers as it should";
  }
  return "no packet was found that gets there";
}

}  // namespace nfproof::cli
