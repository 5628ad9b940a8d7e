// SPDX-License-Identifier: Apache-2.0
// What it finds
//
// A router (its nat table translates addresses) whose FORWARD passes new connections from the public side to the
// networks behind it, because its policy is ACCEPT and nothing refuses the rest. It is a warning when rules of FORWARD
// accept some services (which then means nothing), else information.
//
// Why it matters
//
// Address translation is no firewall: whoever is on the provider's side of the line can send packets to private
// addresses, and the router delivers them.
//
// Example
//
//     *nat
//     :POSTROUTING ACCEPT [0:0]
//     -A POSTROUTING -o eth0 -j MASQUERADE
//     COMMIT
//     *filter
//     :FORWARD ACCEPT [0:0]
//     -A FORWARD -i eth1 -o eth0 -j ACCEPT
//     -A FORWARD -i eth0 -o eth1 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
//     COMMIT
//
// Use instead
//
//     *nat
//     :POSTROUTING ACCEPT [0:0]
//     -A POSTROUTING -o eth0 -j MASQUERADE
//     COMMIT
//     *filter
//     :FORWARD DROP [0:0]
//     -A FORWARD -i eth1 -o eth0 -j ACCEPT
//     -A FORWARD -i eth0 -o eth1 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
//     COMMIT
//
// Witness
//
// The first packet of a connection from the Internet to a host behind the router, accepted by the policy.
//
// How it is proved
//
// By the witness, and because packets from other addresses far away fare the same.
//
// When the fix is safe
//
// Never: closing what is open changes what the router does.
#include <algorithm>

#include "analyzer/checks/check.h"
#include "analyzer/checks/managed.h"
#include "analyzer/checks/public_side.h"
#include "analyzer/checks/rule_facts.h"

namespace nfproof::analyzer {
namespace {

/// A rule of its administrator translates what it forwards.
bool is_router(const Analysis& analysis, ir::Family family) {
  bool found = false;
  for_each_rule(analysis, family, [&](ir::RuleRef ref, const ir::Rule& rule) {
    const auto* nat = effect_of<ir::Nat>(rule);
    const bool forwards = nat != nullptr && nat->kind != ir::Nat::Kind::kRedirect;
    found = found || (forwards && !is_managed(analysis.ruleset(), ref));
  });
  return found;
}

/// Accepts that say which traffic is wanted.
bool accepts_some(const Analysis& analysis, ir::ChainId forward) {
  for (const ir::ChainId chain : chains_below(analysis, forward)) {
    const auto& rules = analysis.ruleset().chain(chain).rules;
    for (std::size_t i = 0; i < rules.size(); ++i) {
      const ir::RuleRef ref{chain, static_cast<std::uint32_t>(i)};
      if (rules[i].verdict.kind == ir::VerdictKind::kAccept && !rules[i].when.empty() &&
          !is_managed(analysis.ruleset(), ref))
        return true;
    }
  }
  return false;
}

void run(Analysis& analysis, const CheckInfo& info) {
  for (const ir::Family family : analysis.families()) {
    const auto forward = analysis.paths(family).filter_chain(Way::kThrough);
    if (!forward || !analysis.ruleset().chain(*forward).declared) continue;
    if (analysis.ruleset().chain(*forward).base->policy != ir::VerdictKind::kAccept) continue;
    if (!is_router(analysis, family) || !public_side(analysis, family).known) continue;
    Traffic traffic;
    traffic.way = Way::kThrough;
    traffic.moment = Moment::kNewConnection;
    auto open = opening(analysis, family, traffic);
    if (!open || analysis.ruleset().rule(open->decided) != nullptr) continue;
    Finding finding = analysis.at_chain(
        info, *forward,
        "the policy of `FORWARD` is ACCEPT and nothing refuses the rest: the public side reaches what is behind");
    finding.level = accepts_some(analysis, *forward) ? Level::kWarning : Level::kInfo;
    finding.because.push_back(analysis.because(open->decided, "accepts this packet"));
    finding.witness = std::move(open->witness);
    finding.proved = true;
    analysis.report(std::move(finding));
  }
}

}  // namespace

const Check kOpenForward = {
    {"NF304", "open-forward", Level::kWarning, "a router that passes connections from the public side"}, run};

}  // namespace nfproof::analyzer
