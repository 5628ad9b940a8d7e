// SPDX-License-Identifier: Apache-2.0
// What it finds
//
// A user chain that holds rules and that no packet can enter: nothing jumps to it, or only rules that never match
// do. Chains without rules are left alone, and so are files that hold no built-in chain of the table (they are loaded
// beside another file that calls theirs).
//
// Why it matters
//
// Everything in the chain is dead. Mostly the jump was deleted and the chain forgotten; sometimes the jump was never
// written, and the filtering that somebody relies on does not happen.
//
// Example
//
//     *filter
//     :INPUT DROP [0:0]
//     :OLD-VPN - [0:0]
//     -A INPUT -i lo -j ACCEPT
//     -A OLD-VPN -i tun0 -p udp -m udp --dport 1194 -j ACCEPT
//     COMMIT
//
// Use instead
//
//     *filter
//     :INPUT DROP [0:0]
//     :OLD-VPN - [0:0]
//     -A INPUT -i lo -j ACCEPT
//     -A INPUT -j OLD-VPN
//     -A OLD-VPN -i tun0 -p udp -m udp --dport 1194 -j ACCEPT
//     COMMIT
//
// Witness
//
// None: there is no packet.
//
// How it is proved
//
// No way leads from a built-in chain to this one in the call graph, or each jump on such ways was proved dead.
//
// When the fix is safe
//
// Deleting the chain changes nothing, but a program that fills it at run time would miss it, so the fix is only shown.
#include <algorithm>

#include "analyzer/checks/analysis.h"
#include "analyzer/checks/check.h"
#include "analyzer/checks/managed.h"

namespace nfproof::analyzer {
namespace {

bool is_part_of_something(const ir::Ruleset& ruleset, const ir::Table& table) {
  return std::none_of(table.chains.begin(), table.chains.end(),
                      [&](ir::ChainId chain) { return ruleset.chain(chain).base && ruleset.chain(chain).declared; });
}

void report(Analysis& analysis, const CheckInfo& info, ir::ChainId chain) {
  const auto& callers = analysis.structure().graph.callers(chain);
  Finding finding =
      analysis.at_chain(info, chain,
                        "no packet enters chain `" + analysis.ruleset().chain(chain).name +
                            "`: " + (callers.empty() ? "nothing jumps to it" : "the rules that jump to it are dead"));
  for (const ir::RuleRef site : callers) finding.because.push_back(analysis.because(site, "never gets to jump"));
  finding.proved = true;
  if (!finding.span.is_known()) finding.span = analysis.ruleset().chain(chain).rules.front().span;
  analysis.report(std::move(finding));
}

void run(Analysis& analysis, const CheckInfo& info) {
  const ir::Ruleset& ruleset = analysis.ruleset();
  const CallGraph& graph = analysis.structure().graph;
  for (std::size_t c = 0; c < ruleset.chains.size(); ++c) {
    const ir::ChainId chain{static_cast<std::uint32_t>(c)};
    const ir::Family family = ruleset.table_of(chain).family;
    if (ruleset.chains[c].base || ruleset.chains[c].rules.empty() || !graph.is_ordered(chain)) continue;
    if (family == ir::Family::kInet || is_part_of_something(ruleset, ruleset.table_of(chain))) continue;
    if (is_managed(ruleset.chains[c]) || analysis.liveness(family).entered(chain)) continue;
    report(analysis, info, chain);
  }
}

}  // namespace

const Check kUnreachableChain = {{"NF104", "unreachable-chain", Level::kWarning, "a chain that no packet can enter"},
                                 run};

}  // namespace nfproof::analyzer
