// SPDX-License-Identifier: Apache-2.0
// What it finds
//
// A rule in a user chain whose tests contradict those of the jumps that lead to the chain: it asks for `eth1` in a
// chain that only packets from `eth0` enter.
//
// Why it matters
//
// The rule does nothing. When one chain serves several callers this is common and harmless, so it is only information;
// when the chain was written for one purpose, one of the two tests is a slip.
//
// Example
//
//     *filter
//     :INPUT DROP [0:0]
//     :OFFICE - [0:0]
//     -A INPUT -i eth1 -j OFFICE
//     -A OFFICE -i eth0 -p tcp -m tcp --dport 25 -j ACCEPT
//     -A OFFICE -p tcp -m tcp --dport 22 -j ACCEPT
//     COMMIT
//
// Use instead
//
//     *filter
//     :INPUT DROP [0:0]
//     :OFFICE - [0:0]
//     -A INPUT -i eth1 -j OFFICE
//     -A OFFICE -p tcp -m tcp --dport 25 -j ACCEPT
//     -A OFFICE -p tcp -m tcp --dport 22 -j ACCEPT
//     COMMIT
//
// Witness
//
// None: there is no packet.
//
// How it is proved
//
// The tests of all jumps on all ways to the chain, together with the rule's own, have no solution (Z3), although the
// rule's own have one and no rule takes packets away before.
//
// When the fix is safe
//
// Deleting the rule changes nothing as long as nobody adds another jump to the chain, so the fix is only shown.
#include "analyzer/checks/analysis.h"
#include "analyzer/checks/check.h"
#include "analyzer/checks/managed.h"

namespace nfproof::analyzer {
namespace {

void run(Analysis& analysis, const CheckInfo& info) {
  for (const ir::Family family : analysis.families()) {
    const Liveness& liveness = analysis.liveness(family);
    for (std::size_t c = 0; c < analysis.ruleset().chains.size(); ++c)
      for (std::size_t i = 0; i < analysis.ruleset().chains[c].rules.size(); ++i) {
        const ir::RuleRef ref{ir::ChainId{static_cast<std::uint32_t>(c)}, static_cast<std::uint32_t>(i)};
        if (liveness.of(ref).life != Life::kExcluded || is_managed(analysis.ruleset(), ref)) continue;
        Finding finding =
            analysis.at_rule(info, ref, "this rule never matches: the jumps to its chain let no such packet through");
        for (const ir::RuleRef site : analysis.structure().graph.callers(ref.chain))
          finding.because.push_back(analysis.because(site, "jumps here with other packets only"));
        finding.proved = true;
        analysis.report(std::move(finding));
      }
  }
}

}  // namespace

const Check kExcludedRule = {
    {"NF106", "excluded-rule", Level::kInfo, "a rule that contradicts the jumps which lead to it"}, run};

}  // namespace nfproof::analyzer
