// SPDX-License-Identifier: Apache-2.0
// The kinds of tests and effects, one by one.
#include "sim/steady.h"

#include <algorithm>
#include <map>
#include <variant>

namespace nfproof::sim {
namespace {

using ir::FieldId;

bool is_tos(FieldId field) { return field == FieldId::kIpTos || field == FieldId::kIp6Tclass; }

/// Fields that are the same for all these packets, or whose value the classes stand for.
bool is_steady_field(FieldId field) {
  switch (ir::field_info(field).storage) {
    case FieldId::kIifname:
    case FieldId::kOifname:
    case FieldId::kMark:
    case FieldId::kPriority:
    case FieldId::kPktType:
    case FieldId::kL4Proto:
    case FieldId::kIpSaddr:
    case FieldId::kIpDaddr:
    case FieldId::kIpTos:
    case FieldId::kIpFragOffset:
    case FieldId::kIp6Saddr:
    case FieldId::kIp6Daddr:
    case FieldId::kIp6Tclass:
    case FieldId::kIp6FragOffset:
    case FieldId::kThSport:
    case FieldId::kThDport:
    case FieldId::kTcpFlags:
    case FieldId::kIcmpTypeCode:
    case FieldId::kIcmp6TypeCode:
    case FieldId::kSaddrType:
    case FieldId::kDaddrType:
    case FieldId::kCtState:
    case FieldId::kCtStatus:
    case FieldId::kCtDirection:
    case FieldId::kCtMark:
    case FieldId::kCtProto:
    case FieldId::kCtOrigSaddr:
    case FieldId::kCtOrigDaddr:
    case FieldId::kCtReplSaddr:
    case FieldId::kCtReplDaddr:
    case FieldId::kCtOrigSaddr6:
    case FieldId::kCtOrigDaddr6:
    case FieldId::kCtReplSaddr6:
    case FieldId::kCtReplDaddr6:
    case FieldId::kCtOrigSport:
    case FieldId::kCtOrigDport:
    case FieldId::kCtReplSport:
    case FieldId::kCtReplDport:
    case FieldId::kIifGroup:
    case FieldId::kOifGroup:
    case FieldId::kReversePath: return true;
    default: return false;
  }
}

bool has_mac(ir::SetType type) {
  return type == ir::SetType::kBitmapIpMac || type == ir::SetType::kHashMac || type == ir::SetType::kHashIpMac;
}

/// Sets that nobody changes, whose elements stay and count nothing, and that know nothing of MAC addresses. Lists are
/// not looked through.
bool is_steady_set(const ir::SetTable* sets, const ir::SetLookup& test) {
  if (sets == nullptr) return false;
  const auto id = sets->find(test.set.name);
  if (!id) return false;
  const ir::Set& set = (*sets)[*id];
  if (set.header().counters || set.header().type == ir::SetType::kListSet || has_mac(set.header().type)) return false;
  for (std::size_t i = 0; i < set.size(); ++i)
    if (set.expires(i) != ir::SetExtras::kPermanent) return false;
  return true;
}

bool changes_sets(const ir::Ruleset& ruleset) {
  for (const ir::Chain& chain : ruleset.chains)
    for (const ir::Rule& rule : chain.rules)
      for (const ir::Effect& effect : rule.effects)
        if (std::holds_alternative<ir::UpdateSet>(effect)) return true;
  return false;
}

bool changes_tos(const ir::Ruleset& ruleset) {
  for (const ir::Chain& chain : ruleset.chains)
    for (const ir::Rule& rule : chain.rules)
      for (const ir::Effect& effect : rule.effects)
        if (const auto* set = std::get_if<ir::SetField>(&effect); set != nullptr && is_tos(set->field)) return true;
  return false;
}

struct Judge {
  const ir::SetTable* sets;  // null: they change
  const std::vector<bool>& before;

  bool operator()(const ir::FieldTest& test) const { return is_steady_field(test.field); }
  /// Its parts stand before it in the pool.
  bool operator()(const ir::AnyOf& any) const {
    return std::all_of(any.any.begin(), any.any.end(), [&](ir::PredicateId part) {
      const auto index = static_cast<std::size_t>(part);
      return index < before.size() && before[index];
    });
  }
  bool operator()(const ir::SetLookup& test) const { return is_steady_set(sets, test); }
  bool operator()(const ir::Cluster& /*test*/) const { return true; }
  template <typename T>
  bool operator()(const T& /*test*/) const {
    return false;  // it remembers, looks at the clock or into the packet, or nobody has thought about it here
  }
};

/// Bytes for which all tests of the field give the same answer.
Steadiness::Classes classes_of(const ir::PredicatePool& pool, bool (*is_field)(FieldId)) {
  std::vector<const ir::FieldTest*> tests;
  for (std::size_t i = 0; i < pool.size(); ++i) {
    const auto* test = std::get_if<ir::FieldTest>(&pool[ir::PredicateId{static_cast<std::uint32_t>(i)}]);
    if (test != nullptr && is_field(ir::field_info(test->field).storage)) tests.push_back(test);
  }
  std::map<std::vector<bool>, std::uint8_t> known;
  Steadiness::Classes classes{};
  for (unsigned value = 0; value < classes.size(); ++value) {
    std::vector<bool> answers;
    for (const ir::FieldTest* test : tests) answers.push_back(test->values.contains(ir::u128{value}));
    classes[value] = known.emplace(answers, static_cast<std::uint8_t>(known.size())).first->second;
  }
  return classes;
}

}  // namespace

Steadiness::Steadiness(const ir::Ruleset& ruleset, const ir::SetTable* sets) {
  const ir::PredicatePool& pool = ruleset.predicates;
  const ir::SetTable* unchanged = changes_sets(ruleset) ? nullptr : sets;
  for (std::size_t i = 0; i < pool.size(); ++i) {
    const ir::Predicate& predicate = pool[ir::PredicateId{static_cast<std::uint32_t>(i)}];
    tests_.push_back(std::visit(Judge{unchanged, tests_}, predicate));
    const auto* test = std::get_if<ir::FieldTest>(&predicate);
    if (test != nullptr && test->field == FieldId::kCtStatus) status_mask_ = 0xffff;
  }
  tcp_flags_ = classes_of(pool, [](FieldId field) { return field == FieldId::kTcpFlags; });
  tos_ = classes_of(pool, is_tos);
  if (changes_tos(ruleset))
    for (unsigned value = 0; value < tos_.size(); ++value) tos_[value] = static_cast<std::uint8_t>(value);
}

bool Steadiness::is_steady(const ir::Effect& effect) {
  if (const auto* set = std::get_if<ir::SetField>(&effect))
    return set->field == FieldId::kMark || set->field == FieldId::kCtMark || set->field == FieldId::kPriority ||
           is_tos(set->field);
  return std::holds_alternative<ir::CopyMark>(effect) || std::holds_alternative<ir::Notrack>(effect) ||
         std::holds_alternative<ir::Aside>(effect);
}

}  // namespace nfproof::sim
