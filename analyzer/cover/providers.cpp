// SPDX-License-Identifier: Apache-2.0
// Looking for rules that set things.
#include "analyzer/cover/providers.h"

#include <algorithm>

namespace nfproof::analyzer {
namespace {

using ir::FieldId;

template <typename Wanted>
std::vector<ir::RuleRef> rules_where(const ir::Ruleset& ruleset, ir::Family family, Wanted wanted) {
  constexpr std::size_t kMost = 64;
  std::vector<ir::RuleRef> found;
  for (std::size_t c = 0; c < ruleset.chains.size(); ++c) {
    const auto chain = static_cast<ir::ChainId>(c);
    if (ruleset.table_of(chain).family != family) continue;
    for (std::size_t i = 0; i < ruleset.chains[c].rules.size() && found.size() < kMost; ++i)
      if (wanted(ruleset.chains[c].rules[i])) found.push_back({chain, static_cast<std::uint32_t>(i)});
  }
  return found;
}

/// May the effect give the field a value that passes the test?
bool sets(const ir::Effect& effect, const ir::FieldTest& test) {
  const bool mark = test.field == FieldId::kMark;
  if (const auto* copy = std::get_if<ir::CopyMark>(&effect)) return copy->save != mark;
  if (mark && (std::holds_alternative<ir::HashMark>(effect) || std::holds_alternative<ir::GiveToSocket>(effect)))
    return true;
  const auto* set = std::get_if<ir::SetField>(&effect);
  // What is put into the connection mark may come back as the packet's.
  if (set == nullptr || (set->field != FieldId::kMark && set->field != FieldId::kCtMark)) return false;
  if (set->field != test.field) return true;
  return test.values.contains(ir::u128{set->value}) != test.negated || set->mask != 0xffffffff;
}

/// True only of connections whose destination was translated, mostly.
bool is_of_translation(const ir::FieldTest& test) {
  switch (test.field) {
    case FieldId::kCtOrigDaddr:
    case FieldId::kCtOrigDaddr6:
    case FieldId::kCtOrigDport: return !test.negated;
    case FieldId::kCtStatus:
      return !test.negated && test.values.contains(ir::u128{ir::kIpsDstNat}) && !test.values.contains(ir::u128{0});
    default: return false;
  }
}

}  // namespace

bool is_translation(const ir::Rule& rule) {
  return std::any_of(rule.effects.begin(), rule.effects.end(), [](const ir::Effect& effect) {
    const auto* nat = std::get_if<ir::Nat>(&effect);
    return nat != nullptr && (nat->kind == ir::Nat::Kind::kDnat || nat->kind == ir::Nat::Kind::kRedirect ||
                              nat->kind == ir::Nat::Kind::kNetmap);
  });
}

bool is_translated(const ir::Ruleset& ruleset, ir::PredicateId id) {
  const auto* test = std::get_if<ir::FieldTest>(&ruleset.predicates[id]);
  if (test == nullptr) return false;
  switch (ir::field_info(test->field).storage) {
    case FieldId::kIpDaddr:
    case FieldId::kIp6Daddr:
    case FieldId::kThDport:
    case FieldId::kOifname:
    case FieldId::kDaddrType: return true;
    default: return false;
  }
}

namespace {

/// A test that stands alone among alternatives is the test.
ir::PredicateId only_part(const ir::Ruleset& ruleset, ir::PredicateId id) {
  const auto* any = std::get_if<ir::AnyOf>(&ruleset.predicates[id]);
  return any != nullptr && !any->negated && any->any.size() == 1 ? any->any.front() : id;
}

}  // namespace

std::vector<ir::RuleRef> providers_of(const ir::Ruleset& ruleset, ir::Family family, ir::PredicateId id) {
  const ir::Predicate& predicate = ruleset.predicates[only_part(ruleset, id)];
  if (const auto* test = std::get_if<ir::FieldTest>(&predicate)) {
    if (is_of_translation(*test)) return rules_where(ruleset, family, is_translation);
    if (test->field != FieldId::kMark && test->field != FieldId::kCtMark) return {};
    if (test->values.contains(ir::u128{0}) != test->negated) return {};  // true of a packet without a mark
    return rules_where(ruleset, family, [&](const ir::Rule& rule) {
      return std::any_of(rule.effects.begin(), rule.effects.end(),
                         [&](const ir::Effect& effect) { return sets(effect, *test); });
    });
  }
  if (const auto* recent = std::get_if<ir::Recent>(&predicate)) {
    if (recent->action == ir::Recent::Action::kSet || recent->negated) return {};
    return rules_where(ruleset, family, [&](const ir::Rule& rule) {
      return std::any_of(rule.when.begin(), rule.when.end(), [&](const ir::Condition& condition) {
        const auto* other = std::get_if<ir::Recent>(&ruleset.predicates[condition.predicate]);
        return other != nullptr && other->name == recent->name && other->action == ir::Recent::Action::kSet;
      });
    });
  }
  if (std::holds_alternative<ir::SetLookup>(predicate))
    return rules_where(ruleset, family, [&](const ir::Rule& rule) {
      return std::any_of(rule.effects.begin(), rule.effects.end(), [](const ir::Effect& effect) {
        const auto* update = std::get_if<ir::UpdateSet>(&effect);
        return update != nullptr && update->action == ir::UpdateSet::Action::kAdd;
      });
    });
  return {};
}

bool is_test_of_state(const ir::Ruleset& ruleset, ir::PredicateId id) {
  const auto* test = std::get_if<ir::FieldTest>(&ruleset.predicates[only_part(ruleset, id)]);
  return test != nullptr && (test->field == FieldId::kCtState || test->field == FieldId::kCtStatus);
}

}  // namespace nfproof::analyzer
