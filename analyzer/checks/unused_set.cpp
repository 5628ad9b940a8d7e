// SPDX-License-Identifier: Apache-2.0
// What it finds
//
// Where a file of `ipset save` is given beside rulesets: sets that no rule looks into or changes, and that are in no
// other set.
//
// Why it matters
//
// A block list that nothing asks protects nobody. Mostly the rule was lost, or it names another set.
//
// Example
//
//     *filter
//     :INPUT DROP [0:0]
//     -A INPUT -m set --match-set blocked src -j DROP
//     -A INPUT -p tcp -m tcp --dport 443 -j ACCEPT
//     COMMIT
//     # ipset
//     create blocked hash:ip family inet
//     add blocked 198.51.100.7
//     create blocked-nets hash:net family inet
//     add blocked-nets 203.0.113.0/24
//
// Use instead
//
//     *filter
//     :INPUT DROP [0:0]
//     -A INPUT -m set --match-set blocked src -j DROP
//     -A INPUT -m set --match-set blocked-nets src -j DROP
//     -A INPUT -p tcp -m tcp --dport 443 -j ACCEPT
//     COMMIT
//     # ipset
//     create blocked hash:ip family inet
//     add blocked 198.51.100.7
//     create blocked-nets hash:net family inet
//     add blocked-nets 203.0.113.0/24
//
// Witness
//
// None is needed.
//
// How it is proved
//
// By the names of the sets in rules and in other sets.
//
// When the fix is safe
//
// There is no automatic fix: programs may use the set.
#include <set>

#include "analyzer/checks/check.h"
#include "analyzer/checks/rule_facts.h"

namespace nfproof::analyzer {
namespace {

std::set<std::string> names_in_rules(const ir::Ruleset& ruleset) {
  std::set<std::string> names;
  for (std::size_t i = 0; i < ruleset.predicates.size(); ++i) {
    const ir::Predicate& predicate = ruleset.predicates[ir::PredicateId{static_cast<std::uint32_t>(i)}];
    if (const auto* lookup = std::get_if<ir::SetLookup>(&predicate)) names.insert(lookup->set.name);
  }
  for (const ir::Chain& chain : ruleset.chains)
    for (const ir::Rule& rule : chain.rules)
      for (const ir::Effect& effect : rule.effects)
        if (const auto* update = std::get_if<ir::UpdateSet>(&effect)) names.insert(update->set.name);
  return names;
}

void run(Analysis& analysis, const CheckInfo& info) {
  const ir::SetTable* sets = analysis.options().sets;
  if (sets == nullptr || sets->empty() || analysis.ruleset().chains.empty()) return;
  const std::set<std::string> used = names_in_rules(analysis.ruleset());
  for (const ir::SetId id : sets->in_order()) {
    const ir::Set& set = (*sets)[id];
    if (used.contains(set.name()) || sets->references(id) != 0) continue;
    Finding finding = analysis.at_chain(info, ir::ChainId{0}, "no rule uses the set `" + set.name() + "`");
    finding.span = set.span();
    finding.proved = true;
    analysis.report(std::move(finding));
  }
}

}  // namespace

const Check kUnusedSet = {{"NF503", "unused-set", Level::kInfo, "an ipset that no rule uses"}, run};

}  // namespace nfproof::analyzer
