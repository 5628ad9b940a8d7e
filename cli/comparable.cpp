// SPDX-License-Identifier: Apache-2.0
// What translations say in other words: see comparable.h.
#include "cli/comparable.h"

#include <algorithm>
#include <bit>
#include <optional>
#include <span>
#include <utility>
#include <variant>
#include <vector>

#include "analyzer/regions/copied_marks.h"

namespace nfproof::cli {
namespace {

/// A connection gets its helper with its first packet, or never: that there is a test for such packets says nothing.
void forget_new_connections(ir::Ruleset& ruleset) {
  const auto asks_for_new = [&](const ir::Condition& condition) {
    const auto* test = std::get_if<ir::FieldTest>(&ruleset.predicates[condition.predicate]);
    if (test == nullptr || test->field != ir::FieldId::kCtState || test->negated) return false;
    return test->values.contains(static_cast<unsigned>(ir::CtState::kNew)) &&
           test->values.contains(static_cast<unsigned>(ir::CtState::kRelated));
  };
  for (ir::Chain& chain : ruleset.chains)
    for (ir::Rule& rule : chain.rules) {
      if (rule.effects.size() != 1 || rule.verdict.kind != ir::VerdictKind::kContinue) continue;
      const auto* track = std::get_if<ir::TrackAs>(&rule.effects.front());
      if (track == nullptr || track->helper.empty()) continue;
      ir::TrackAs helper_only;
      helper_only.helper = track->helper;
      if (*track == helper_only) std::erase_if(rule.when, asks_for_new);
    }
}

/// Chains that copy bits of a mark one by one copy it.
void name_copied_marks(ir::Ruleset& ruleset) {
  for (std::size_t i = 0; i < ruleset.chains.size(); ++i) {
    const auto copy = analyzer::regions::copies_mark(ruleset, ir::ChainId{static_cast<std::uint32_t>(i)});
    if (!copy) continue;
    std::vector<ir::Rule>& rules = ruleset.chains[i].rules;
    rules.resize(1);
    rules.front().when.clear();
    rules.front().effects = {*copy};
    rules.front().verdict = {};
  }
}

/// A sum is proved value by value, each in a rule of its own; no packet meets two of them.
void spell_hop_limits_out(ir::Ruleset& ruleset) {
  for (ir::Chain& chain : ruleset.chains) {
    const ir::Family family = ruleset.table(chain.table).family;
    std::vector<ir::Rule> rules;
    for (ir::Rule& rule : chain.rules) {
      const auto* add = rule.effects.size() == 1 ? std::get_if<ir::AddToHopLimit>(&rule.effects.front()) : nullptr;
      if (add == nullptr || rule.verdict.kind != ir::VerdictKind::kContinue || family == ir::Family::kInet) {
        rules.push_back(std::move(rule));
        continue;
      }
      const auto field = family == ir::Family::kIpv4 ? ir::FieldId::kIpTtl : ir::FieldId::kIp6HopLimit;
      for (int i = 0; i < 256; ++i) {
        const int value = add->amount > 0 ? 255 - i : i;
        const int result = std::clamp(value + add->amount, 0, 255);
        if (result == value) continue;
        ir::Rule& one = rules.emplace_back(rule);
        one.when.push_back({ruleset.predicates.add(
                                ir::FieldTest{field, 0, false, ir::ValueSet::of_value(static_cast<unsigned>(value))}),
                            ir::Condition::kBasic});
        one.effects = {ir::SetField{field, static_cast<std::uint32_t>(result), 0xff, 0}};
      }
    }
    chain.rules = std::move(rules);
  }
}

/// What is left of a word at the end of the steps: which bits, and how far they were moved down.
struct Taken {
  std::uint32_t mask = 0xffffffff;
  std::uint32_t shift = 0;
};

/// The steps behind the last place, when they only mask and move down.
std::optional<Taken> taken_by(std::span<const ir::U32Test::Step> steps) {
  Taken taken;
  for (const ir::U32Test::Step& step : steps) {
    if (step.op == ir::U32Test::Op::kAnd) {
      taken.mask &= step.number << taken.shift;
    } else if (step.op == ir::U32Test::Op::kRightShift && taken.shift + step.number < 32) {
      taken.shift += step.number;
      taken.mask &= 0xffffffffU << taken.shift;
    } else {
      return std::nullopt;
    }
  }
  return taken;
}

/// Masks instead of shifts: the same test of bytes has one form, whoever wrote it.
ir::U32Test::Test in_one_form(ir::U32Test::Test test) {
  std::size_t place = test.steps.size();
  while (place > 0 && test.steps[place - 1].op != ir::U32Test::Op::kAt) --place;
  const auto taken = taken_by(std::span(test.steps).subspan(place));
  if (!taken || taken->mask == 0) return test;
  const auto idle = static_cast<unsigned>(std::countr_zero(taken->mask));
  const std::uint32_t kept = 0xffffffffU << idle;
  std::vector<ir::U32Test::Range> values;
  for (const ir::U32Test::Range& range : test.values) {
    const std::uint64_t lo = ((std::uint64_t{range.lo} << taken->shift) + ~kept) & (~std::uint64_t{0} << idle);
    const std::uint64_t hi =
        std::min<std::uint64_t>(((std::uint64_t{range.hi} << taken->shift) | ((std::uint64_t{1} << taken->shift) - 1)) &
                                    (~std::uint64_t{0} << idle),
                                kept);
    if (lo <= hi) values.push_back({static_cast<std::uint32_t>(lo), static_cast<std::uint32_t>(hi)});
  }
  if (values.empty()) return test;
  test.values = std::move(values);
  test.steps.resize(place);
  if (taken->mask != 0xffffffff) test.steps.push_back({ir::U32Test::Op::kAnd, taken->mask});
  return test;
}

/// Tests of bytes that all must be true stand side by side, each in one form.
void divide_tests_of_bytes(ir::Ruleset& ruleset) {
  for (ir::Chain& chain : ruleset.chains)
    for (ir::Rule& rule : chain.rules) {
      std::vector<ir::Condition> when;
      for (const ir::Condition& condition : rule.when) {
        const auto* bytes = std::get_if<ir::U32Test>(&ruleset.predicates[condition.predicate]);
        if (bytes == nullptr) {
          when.push_back(condition);
          continue;
        }
        for (const ir::U32Test::Test& test : std::vector<ir::U32Test::Test>(bytes->tests))
          when.push_back({ruleset.predicates.add(ir::U32Test{{in_one_form(test)}}), condition.match});
      }
      rule.when = std::move(when);
    }
}

}  // namespace

void make_comparable(ir::Ruleset& ruleset) {
  forget_new_connections(ruleset);
  name_copied_marks(ruleset);
  spell_hop_limits_out(ruleset);
  divide_tests_of_bytes(ruleset);
}

}  // namespace nfproof::cli
