// SPDX-License-Identifier: Apache-2.0
// What it finds
//
// A rule whose own tests can never all be true for one packet: two port tests that exclude each other, a state and a
// status that never come together, an interface that the packets of the hook do not have.
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
#include "analyzer/checks/analysis.h"
#include "analyzer/checks/check.h"

namespace nfproof::analyzer {
namespace {

void run(Analysis& analysis, const CheckInfo& info) {
  for (const ir::Family family : analysis.families()) {
    const Liveness& liveness = analysis.liveness(family);
    for (std::size_t c = 0; c < analysis.ruleset().chains.size(); ++c)
      for (std::size_t i = 0; i < analysis.ruleset().chains[c].rules.size(); ++i) {
        const ir::RuleRef ref{ir::ChainId{static_cast<std::uint32_t>(c)}, static_cast<std::uint32_t>(i)};
        if (liveness.of(ref).life != Life::kContradictory) continue;
        Finding finding = analysis.at_rule(info, ref, "this rule never matches: no packet can fulfil all its tests");
        finding.proved = true;
        finding.fix = Fix{"delete the rule, or write one rule for each alternative", false, {}};
        analysis.report(std::move(finding));
      }
  }
}

}  // namespace

const Check kContradictoryRule = {
    {"NF103", "contradictory-rule", Level::kWarning, "a rule whose own tests exclude each other"}, run};

}  // namespace nfproof::analyzer
