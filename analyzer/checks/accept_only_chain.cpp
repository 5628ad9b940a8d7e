// SPDX-License-Identifier: Apache-2.0
// What it finds
//
// FORWARD or OUTPUT of the filter table with the policy ACCEPT, rules that all accept, and nothing that refuses: the
// rules do nothing. (For INPUT see NF301.) What programs wrote is left alone.
//
// Why it matters
//
// Rules that accept something look as if the rest were refused. Here everything passes, with and without them.
//
// Example
//
//     *filter
//     :INPUT DROP [0:0]
//     :OUTPUT ACCEPT [0:0]
//     -A INPUT -i lo -j ACCEPT
//     -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
//     -A OUTPUT -p tcp -m tcp --dport 443 -j ACCEPT
//     -A OUTPUT -p udp -m udp --dport 53 -j ACCEPT
//     COMMIT
//
// Use instead
//
//     *filter
//     :INPUT DROP [0:0]
//     :OUTPUT DROP [0:0]
//     -A INPUT -i lo -j ACCEPT
//     -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
//     -A OUTPUT -o lo -j ACCEPT
//     -A OUTPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
//     -A OUTPUT -p tcp -m tcp --dport 443 -j ACCEPT
//     -A OUTPUT -p udp -m udp --dport 53 -j ACCEPT
//     COMMIT
//
// Witness
//
// None is needed: the rules show it.
//
// How it is proved
//
// By the structure of the chain: rules that accept or only count, without effects, jumps and tests that keep state.
//
// When the fix is safe
//
// Deleting the rules changes no verdict, closing the policy does. Which of them was meant is for the owner to say.
#include <algorithm>

#include "analyzer/checks/check.h"
#include "analyzer/checks/managed.h"
#include "analyzer/checks/rule_facts.h"

namespace nfproof::analyzer {
namespace {

bool only_accepts(const ir::Ruleset& ruleset, const ir::Rule& rule) {
  const bool harmless =
      rule.verdict.kind == ir::VerdictKind::kAccept || rule.verdict.kind == ir::VerdictKind::kContinue;
  return harmless && rule.effects.empty() && !is_uncertain(ruleset, rule);
}

void look_at(Analysis& analysis, const CheckInfo& info, ir::ChainId id) {
  const ir::Ruleset& ruleset = analysis.ruleset();
  const ir::Chain& chain = ruleset.chain(id);
  if (!chain.declared || chain.base->policy != ir::VerdictKind::kAccept || chain.rules.empty()) return;
  std::size_t accepts = 0;
  bool narrow = false;
  for (std::size_t i = 0; i < chain.rules.size(); ++i) {
    const ir::Rule& rule = chain.rules[i];
    if (!only_accepts(ruleset, rule) || is_managed(ruleset, {id, static_cast<std::uint32_t>(i)})) return;
    accepts += rule.verdict.kind == ir::VerdictKind::kAccept ? 1 : 0;
    narrow = narrow || (rule.verdict.kind == ir::VerdictKind::kAccept && !rule.when.empty());
  }
  if (!narrow) return;  // `-A OUTPUT -j ACCEPT` says what it does
  Finding finding = analysis.at_chain(info, id,
                                      (accepts == 1 ? "the rule" : "the " + std::to_string(accepts) + " rules") +
                                          " of `" + chain.name + "` only accept" + (accepts == 1 ? "s" : "") +
                                          ", and so does the policy: they do nothing");
  for (std::size_t i = 0; i < chain.rules.size() && finding.because.empty(); ++i)
    finding.because.push_back(analysis.because({id, static_cast<std::uint32_t>(i)}, "accepts what is accepted anyway"));
  finding.proved = true;
  analysis.report(std::move(finding));
}

void run(Analysis& analysis, const CheckInfo& info) {
  for (const ir::Family family : analysis.families())
    for (const Way way : {Way::kThrough, Way::kOut})
      if (const auto chain = analysis.paths(family).filter_chain(way)) look_at(analysis, info, *chain);
}

}  // namespace

const Check kAcceptOnlyChain = {
    {"NF311", "accept-only-chain", Level::kInfo, "a chain that accepts by rules and by its policy"}, run};

}  // namespace nfproof::analyzer
