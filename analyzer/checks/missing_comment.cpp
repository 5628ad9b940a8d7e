// SPDX-License-Identifier: Apache-2.0
// What it finds
//
// Only when it is selected by name: rules that let somebody in (ACCEPT with an address or a port, DNAT) without
// `-m comment`. One finding for each chain. What programs wrote is left alone.
//
// Why it matters
//
// Nobody dares to delete a rule whose reason nobody knows.
//
// Example
//
//     *filter
//     :INPUT DROP [0:0]
//     -A INPUT -s 192.0.2.17/32 -p tcp -m tcp --dport 5432 -j ACCEPT
//     COMMIT
//
// Use instead
//
//     *filter
//     :INPUT DROP [0:0]
//     -A INPUT -s 192.0.2.17/32 -p tcp -m tcp --dport 5432 -m comment --comment "reporting, ticket 4711" -j ACCEPT
//     COMMIT
//
// Witness
//
// None is needed.
//
// How it is proved
//
// By looking.
//
// When the fix is safe
//
// There is no automatic fix.
#include "analyzer/checks/check.h"
#include "analyzer/checks/managed.h"
#include "analyzer/checks/rule_facts.h"

namespace nfproof::analyzer {
namespace {

bool wants_a_reason(const ir::Ruleset& ruleset, const ir::Rule& rule) {
  const auto* nat = effect_of<ir::Nat>(rule);
  if (nat != nullptr) return nat->kind == ir::Nat::Kind::kDnat;
  return rule.verdict.kind == ir::VerdictKind::kAccept &&
         (source_test(ruleset, rule) != nullptr || !named_ports(ruleset, rule).empty());
}

void run(Analysis& analysis, const CheckInfo& info) {
  const ir::Ruleset& ruleset = analysis.ruleset();
  for (std::size_t c = 0; c < ruleset.chains.size(); ++c) {
    const ir::ChainId id{static_cast<std::uint32_t>(c)};
    std::optional<ir::RuleRef> first;
    std::size_t count = 0;
    for (std::size_t i = 0; i < ruleset.chains[c].rules.size(); ++i) {
      const ir::RuleRef ref{id, static_cast<std::uint32_t>(i)};
      const ir::Rule& rule = ruleset.chains[c].rules[i];
      if (!std::string_view(rule.comment).empty() || is_managed(ruleset, ref) || !wants_a_reason(ruleset, rule))
        continue;
      if (count++ == 0) first = ref;
    }
    if (!first) continue;
    Finding finding = analysis.at_rule(info, *first,
                                       count == 1 ? std::string("this rule has no comment")
                                                  : "this rule and " + std::to_string(count - 1) + " more of `" +
                                                        ruleset.chains[c].name + "` have no comment");
    finding.proved = true;
    analysis.report(std::move(finding));
  }
}

}  // namespace

const Check kMissingComment = {
    {"NF504", "missing-comment", Level::kInfo, "rules that let somebody in without saying why (on request)", true},
    run};

}  // namespace nfproof::analyzer
