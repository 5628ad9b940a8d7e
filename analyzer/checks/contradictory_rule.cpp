// SPDX-License-Identifier: Apache-2.0
// What it finds
//
// A rule whose own tests can never all be true for one packet: two port tests that exclude each other, a state and a
// status that never come together, an interface that the packets of the hook do not have, TCP flags or an ICMP type
// that connection tracking never gives the state: a SYN/ACK that nobody asked for is invalid, not new; neighbour
// discovery is untracked.
//
// Why it matters
//
// The rule does nothing at all. Mostly the author expected that two options of a kind add up ("port 3306, or 5432 or
// 6379"), while iptables wants all of them at once.
//
// Example
//
//     *filter
//     :INPUT DROP [0:0]
//     -A INPUT -p tcp -m tcp --dport 3306 -m multiport --dports 5432,6379 -j ACCEPT
//     COMMIT
//
// Use instead
//
//     *filter
//     :INPUT DROP [0:0]
//     -A INPUT -p tcp -m multiport --dports 3306,5432,6379 -j ACCEPT
//     COMMIT
//
// Witness
//
// None: there is no packet.
//
// How it is proved
//
// The tests of the rule, with what holds for every packet at the hooks from which its chain is called, have no solution
// (Z3). Rules before it play no part.
//
// When the fix is safe
//
// Deleting the rule changes nothing. What its author wanted is another question, so the fix is only shown.
#include <algorithm>

#include "analyzer/checks/analysis.h"
#include "analyzer/checks/check.h"
#include "analyzer/checks/rule_facts.h"
#include "analyzer/paths/state_facts.h"

namespace nfproof::analyzer {
namespace {

/// Do all tests of the rule that are about the field allow the value?
bool allows(const ir::Ruleset& ruleset, const ir::Rule& rule, ir::FieldId field, ir::u128 value) {
  return std::all_of(rule.when.begin(), rule.when.end(), [&](const ir::Condition& condition) {
    const auto* test = std::get_if<ir::FieldTest>(&ruleset.predicates[condition.predicate]);
    return test == nullptr || test->field != field || test->values.contains(value) != test->negated;
  });
}

/// The field whose values that the rule wants no packet has in the states that the rule wants.
std::optional<ir::FieldId> never_in_state(const ir::Ruleset& ruleset, const ir::Rule& rule, ir::Family family) {
  const States wanted = states_of(ruleset, rule);
  if (wanted == kAllStates || wanted == 0) return std::nullopt;
  const auto facts = state_facts(family);
  for (const StateFact& fact : facts) {
    if (test_on(ruleset, rule, fact.field) == nullptr) continue;
    bool fits_otherwise = false, fits = false;
    for (ir::u128 value = 0; value <= ir::max_of_bits(ir::field_info(fact.field).bits) && !fits; ++value) {
      if (!allows(ruleset, rule, fact.field, value)) continue;
      fits_otherwise = true;
      States possible = wanted;
      for (const StateFact& each : facts)
        if (each.field == fact.field && !each.allowed.contains(value))
          for (const ir::CtState state : each.states) possible &= ~state_bit(state);
      fits = possible != 0;
    }
    if (fits_otherwise && !fits) return fact.field;
  }
  return std::nullopt;
}

Finding describe(Analysis& analysis, const CheckInfo& info, ir::RuleRef ref, ir::Family family) {
  const auto field = never_in_state(analysis.ruleset(), *analysis.ruleset().rule(ref), family);
  std::string message = "this rule never matches: no packet can fulfil all its tests";
  std::string advice = "delete the rule, or write one rule for each alternative";
  if (field) {
    message = std::string("this rule never matches: connection tracking gives no packet with such ") +
              (*field == ir::FieldId::kTcpFlags ? "TCP flags" : "an ICMP type") + " this state";
    advice = "delete the rule, or test no state in it";
  }
  Finding finding = analysis.at_rule(info, ref, std::move(message));
  finding.proved = true;
  finding.fix = Fix{std::move(advice), false, {}};
  return finding;
}

void run(Analysis& analysis, const CheckInfo& info) {
  for (const ir::Family family : analysis.families()) {
    const Liveness& liveness = analysis.liveness(family);
    for (std::size_t c = 0; c < analysis.ruleset().chains.size(); ++c)
      for (std::size_t i = 0; i < analysis.ruleset().chains[c].rules.size(); ++i) {
        const ir::RuleRef ref{ir::ChainId{static_cast<std::uint32_t>(c)}, static_cast<std::uint32_t>(i)};
        if (liveness.of(ref).life != Life::kContradictory) continue;
        analysis.report(describe(analysis, info, ref, family));
      }
  }
}

}  // namespace

const Check kContradictoryRule = {
    {"NF103", "contradictory-rule", Level::kWarning, "a rule whose own tests exclude each other"}, run};

}  // namespace nfproof::analyzer
