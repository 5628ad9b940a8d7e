// SPDX-License-Identifier: Apache-2.0
// Which matches and targets ask for connection tracking.
#include "sim/needs_tracking.h"

#include <algorithm>
#include <variant>
#include <vector>

namespace nfproof::sim {
namespace {

using ir::Family;
using ir::FieldId;

/// Matches whose check function asks the kernel to track connections.
bool is_about_connections(const ir::Predicate& predicate) {
  return std::holds_alternative<ir::ConnBytes>(predicate) || std::holds_alternative<ir::ConnLimit>(predicate) ||
         std::holds_alternative<ir::Cluster>(predicate) || std::holds_alternative<ir::HelperTest>(predicate) ||
         std::holds_alternative<ir::ConnLabel>(predicate);
}

bool uses_tracking(const ir::Effect& effect) {
  if (std::holds_alternative<ir::Nat>(effect) || std::holds_alternative<ir::CopyMark>(effect) ||
      std::holds_alternative<ir::TrackAs>(effect) || std::holds_alternative<ir::AnswerSyn>(effect))
    return true;
  const auto* set = std::get_if<ir::SetField>(&effect);
  return set != nullptr && is_tracking_field(set->field);
}

bool rule_needs_tracking(const ir::Ruleset& ruleset, const ir::Rule& rule) {
  return std::any_of(rule.when.begin(), rule.when.end(),
                     [&](const ir::Condition& c) { return tests_tracking(ruleset.predicates, c.predicate); }) ||
         std::any_of(rule.effects.begin(), rule.effects.end(), uses_tracking);
}

}  // namespace

bool is_tracking_field(FieldId field) {
  switch (ir::field_info(field).presence) {
    case ir::Presence::kConntrack:
    case ir::Presence::kConntrack4:
    case ir::Presence::kConntrack6: return true;
    default: return field == FieldId::kCtState;
  }
}

bool tests_tracking(const ir::PredicatePool& pool, ir::PredicateId id) {
  std::vector<ir::PredicateId> open = {id};
  for (std::size_t i = 0; i < open.size(); ++i) {
    if (const auto* test = std::get_if<ir::FieldTest>(&pool[open[i]])) {
      if (is_tracking_field(test->field)) return true;
    } else if (is_about_connections(pool[open[i]])) {
      return true;
    } else if (const auto* any = std::get_if<ir::AnyOf>(&pool[open[i]])) {
      open.insert(open.end(), any->any.begin(), any->any.end());
    }
  }
  return false;
}

bool needs_tracking(const ir::Ruleset& ruleset, Family family) {
  return std::any_of(ruleset.chains.begin(), ruleset.chains.end(), [&](const ir::Chain& chain) {
    const Family own = ruleset.table(chain.table).family;
    return (own == family || own == Family::kInet) &&
           std::any_of(chain.rules.begin(), chain.rules.end(),
                       [&](const ir::Rule& rule) { return rule_needs_tracking(ruleset, rule); });
  });
}

}  // namespace nfproof::sim
