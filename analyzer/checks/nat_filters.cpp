// SPDX-License-Identifier: Apache-2.0
// What it finds
//
// Rules in the nat table that are written as if every packet met them: a DROP policy, limits and quotas beside a
// verdict, and marks and other changes of the packet, while only the first packet of each connection goes through nat.
// Marks that nat itself tests are left alone, and so is what programs wrote.
//
// Why it matters
//
// Once a connection is open none of its packets is looked at in nat again: a filter there lets open connections pass, a
// limit counts connections and not packets, and a mark is on one packet of many.
//
// Example
//
//     *nat
//     :PREROUTING ACCEPT [0:0]
//     -A PREROUTING -i eth1 -p tcp -m tcp --dport 80 -j MARK --set-xmark 0x2/0xffffffff
//     COMMIT
//     *mangle
//     :FORWARD ACCEPT [0:0]
//     -A FORWARD -m mark --mark 0x2 -j DSCP --set-dscp 0x08
//     COMMIT
//
// Use instead
//
//     *mangle
//     :PREROUTING ACCEPT [0:0]
//     :FORWARD ACCEPT [0:0]
//     -A PREROUTING -i eth1 -p tcp -m tcp --dport 80 -j MARK --set-xmark 0x2/0xffffffff
//     -A FORWARD -m mark --mark 0x2 -j DSCP --set-dscp 0x08
//     COMMIT
//
// Witness
//
// None is needed: the rule shows it.
//
// How it is proved
//
// By the table that the rule stands in.
//
// When the fix is safe
//
// There is no automatic fix.
#include <algorithm>

#include "analyzer/checks/check.h"
#include "analyzer/checks/managed.h"
#include "analyzer/checks/rule_facts.h"

namespace nfproof::analyzer {
namespace {

bool counts_packets(const ir::Ruleset& ruleset, const ir::Rule& rule) {
  return std::any_of(rule.when.begin(), rule.when.end(), [&](const ir::Condition& condition) {
    const ir::Predicate& predicate = ruleset.predicates[condition.predicate];
    return std::holds_alternative<ir::Limit>(predicate) || std::holds_alternative<ir::HashLimit>(predicate) ||
           std::holds_alternative<ir::Quota>(predicate);
  });
}

const ir::SetField* changes_packet(const ir::Rule& rule) {
  for (const ir::Effect& effect : rule.effects)
    if (const auto* set = std::get_if<ir::SetField>(&effect); set != nullptr && set->field != ir::FieldId::kCtMark)
      return set;
  return nullptr;
}

/// A chain that only connections' first packets meet: the base chains that lead to it are of type nat.
bool is_in_nat(const Analysis& analysis, ir::ChainId id) {
  const ir::Ruleset& ruleset = analysis.ruleset();
  const auto bases = analysis.structure().graph.bases(ruleset, id);
  return bases.empty()
             ? ruleset.translates(id)
             : std::all_of(bases.begin(), bases.end(), [&](ir::ChainId base) { return ruleset.translates(base); });
}

/// Marks for nat's own use: what is marked in PREROUTING and masqueraded in POSTROUTING.
bool nat_tests_marks(const Analysis& analysis, ir::Family family) {
  bool found = false;
  for_each_rule(analysis, family, [&](ir::RuleRef ref, const ir::Rule& rule) {
    if (!is_in_nat(analysis, ref.chain)) return;
    found = found || test_on(analysis.ruleset(), rule, ir::FieldId::kMark) != nullptr ||
            effect_of<ir::CopyMark>(rule) != nullptr;
  });
  return found;
}

/// Policies that drop: one finding for the table.
void look_at_policies(Analysis& analysis, const CheckInfo& info, const ir::Table& table) {
  std::optional<Finding> finding;
  for (const ir::ChainId id : table.chains) {
    const ir::Chain& chain = analysis.ruleset().chain(id);
    if (!chain.base || !analysis.ruleset().translates(id) || chain.base->policy != ir::VerdictKind::kDrop) continue;
    if (!finding)
      finding =
          analysis.at_chain(info, id, "nat is no place to filter: packets of open connections never meet the policy");
    const ir::RuleRef policy{id, static_cast<std::uint32_t>(chain.rules.size())};
    finding->because.push_back(analysis.because(policy, "drops first packets only"));
  }
  if (!finding) return;
  finding->proved = true;
  analysis.report(std::move(*finding));
}

void look_at_rule(Analysis& analysis, const CheckInfo& info, ir::RuleRef ref, bool own_marks) {
  const ir::Ruleset& ruleset = analysis.ruleset();
  const ir::Rule& rule = *ruleset.rule(ref);
  const ir::SetField* change = changes_packet(rule);
  std::string message;
  if (refuses(rule.verdict.kind))
    message = "nat is no place to filter: packets of open connections never meet this rule";
  else if (rule.verdict.kind != ir::VerdictKind::kContinue && counts_packets(ruleset, rule))
    message = "in nat this limit counts connections, not packets";
  else if (change != nullptr && !(change->field == ir::FieldId::kMark && own_marks))
    message = "in nat this changes only the first packet of each connection";
  if (message.empty()) return;
  Finding finding = analysis.at_rule(info, ref, std::move(message));
  finding.proved = true;
  analysis.report(std::move(finding));
}

void run(Analysis& analysis, const CheckInfo& info) {
  const ir::Ruleset& ruleset = analysis.ruleset();
  for (const ir::Family family : analysis.families()) {
    const bool own_marks = nat_tests_marks(analysis, family);
    for (const ir::Table& table : ruleset.tables) {
      if (table.family != family) continue;
      look_at_policies(analysis, info, table);
      for (const ir::ChainId id : table.chains) {
        if (!is_in_nat(analysis, id)) continue;
        for (std::uint32_t i = 0; i < ruleset.chain(id).rules.size(); ++i) {
          const ir::RuleRef ref{id, i};
          if (!is_managed(ruleset, ref)) look_at_rule(analysis, info, ref, own_marks);
        }
      }
    }
  }
}

}  // namespace

const Check kNatFilters = {
    {"NF408", "nat-filters", Level::kWarning, "nat rules that are written as if every packet met them"}, run};

}  // namespace nfproof::analyzer
