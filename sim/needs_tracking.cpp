// SPDX-License-Identifier: Apache-2.0
// Which matches and targets ask for connection tracking.
#include "sim/needs_tracking.h"

#include <algorithm>
#include <variant>
#include <vector>

#include "compiler/ir/facts.h"

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
  return set != nullptr && ir::is_tracking_field(set->field);
}

bool rule_needs_tracking(const ir::Ruleset& ruleset, const ir::Rule& rule) {
  return std::any_of(rule.when.begin(), rule.when.end(),
                     [&](const ir::Condition& c) { return tests_tracking(ruleset.predicates, c.predicate); }) ||
         std::any_of(rule.effects.begin(), rule.effects.end(), uses_tracking);
}

}  // namespace

bool tests_tracking(const ir::PredicatePool& pool, ir::PredicateId id) {
  return ir::any_part(pool, id, [](const ir::Predicate& part) {
    const auto* test = std::get_if<ir::FieldTest>(&part);
    return test != nullptr ? ir::is_tracking_field(test->field) : is_about_connections(part);
  });
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
