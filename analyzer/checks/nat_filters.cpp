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

/// Marks for nat's own use: what is marked in PREROUTING and masqueraded in POSTROUTING.
bool nat_tests_marks(const Analysis& analysis, ir::Family family) {
  bool found = false;
  for_each_rule(analysis, family, [&](ir::RuleRef ref, const ir::Rule& rule) {
    if (analysis.ruleset().table_of(ref.chain).name != "nat") return;
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
    if (!chain.base || chain.base->policy != ir::VerdictKind::kDrop) continue;
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

void run(Analysis& analysis, const CheckInfo& info) {
  const ir::Ruleset& ruleset = analysis.ruleset();
  for (const ir::Family family : analysis.families()) {
    const auto table = ruleset.find_table(family, "nat");
    if (!table) continue;
    const auto report = [&](Finding finding) {
      finding.proved = true;
      analysis.report(std::move(finding));
    };
    look_at_policies(analysis, info, ruleset.table(*table));
    const bool own_marks = nat_tests_marks(analysis, family);
    for (const ir::ChainId id : ruleset.table(*table).chains) {
      const ir::Chain& chain = ruleset.chain(id);
      for (std::size_t i = 0; i < chain.rules.size(); ++i) {
        const ir::RuleRef ref{id, static_cast<std::uint32_t>(i)};
        const ir::Rule& rule = chain.rules[i];
        if (is_managed(ruleset, ref)) continue;
        const ir::SetField* change = changes_packet(rule);
        if (refuses(rule.verdict.kind))
          report(analysis.at_rule(info, ref,
                                  "nat is no place to filter: packets of open connections never meet this rule"));
        else if (rule.verdict.kind != ir::VerdictKind::kContinue && counts_packets(ruleset, rule))
          report(analysis.at_rule(info, ref, "in nat this limit counts connections, not packets"));
        else if (change != nullptr && !(change->field == ir::FieldId::kMark && own_marks))
          report(analysis.at_rule(info, ref, "in nat this changes only the first packet of each connection"));
      }
    }
  }
}

}  // namespace

const Check kNatFilters = {
    {"NF408", "nat-filters", Level::kWarning, "nat rules that are written as if every packet met them"}, run};

}  // namespace nfproof::analyzer
