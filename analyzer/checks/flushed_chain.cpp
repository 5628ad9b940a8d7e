// SPDX-License-Identifier: Apache-2.0
// What it finds
//
// A filter INPUT or OUTPUT whose policy is DROP and that holds no rules: nothing gets in, or nothing leaves. It is an
// error where the rest of the ruleset lets packets pass, and nothing is said where all policies drop and no table holds
// any rule of that family (it is switched off).
//
// Why it matters
//
// `iptables -F` deletes the rules and keeps the policies. What looks like "the firewall is off" shuts the host off, and
// the session in which it was typed is among what is lost.
//
// Example
//
//     *filter
//     :INPUT DROP [0:0]
//     :FORWARD DROP [0:0]
//     :OUTPUT ACCEPT [0:0]
//     COMMIT
//
// Use instead
//
//     *filter
//     :INPUT ACCEPT [0:0]
//     :FORWARD ACCEPT [0:0]
//     :OUTPUT ACCEPT [0:0]
//     COMMIT
//
// Witness
//
// A packet of an open connection, dropped by the policy.
//
// How it is proved
//
// By the structure: a chain without rules that drops.
//
// When the fix is safe
//
// There is no automatic fix: opening the policy and bringing the rules back are both possible.
#include <algorithm>

#include "analyzer/checks/check.h"
#include "analyzer/checks/traffic.h"

namespace nfproof::analyzer {
namespace {

/// All base chains of the table drop and none holds a rule.
bool is_switched_off(const Analysis& analysis, ir::ChainId filter) {
  const auto& chains = analysis.ruleset().table_of(filter).chains;
  return std::all_of(chains.begin(), chains.end(), [&](ir::ChainId id) {
    const ir::Chain& chain = analysis.ruleset().chain(id);
    return !chain.base || !chain.declared || (chain.rules.empty() && chain.base->policy == ir::VerdictKind::kDrop);
  });
}

void look_at(Analysis& analysis, const CheckInfo& info, ir::Family family, Way way) {
  HookPaths& paths = analysis.paths(family);
  const auto id = paths.filter_chain(way);
  if (!id) return;
  const ir::Chain& chain = analysis.ruleset().chain(*id);
  if (!chain.declared || !chain.rules.empty() || chain.base->policy != ir::VerdictKind::kDrop) return;
  if (is_switched_off(analysis, *id)) return;
  Traffic traffic;
  traffic.way = way;
  traffic.moment = way == Way::kIn ? Moment::kEstablished : Moment::kNewConnection;
  traffic.dport = way == Way::kIn ? std::uint16_t{22} : std::uint16_t{443};
  Finding finding = analysis.at_chain(info, *id,
                                      "`" + chain.name + "` holds no rules and its policy is DROP: nothing " +
                                          (way == Way::kIn ? "gets in, open connections die" : "leaves this host"));
  // IPv6 is often switched off like this, with OUTPUT forgotten.
  if (family == ir::Family::kIpv6) finding.level = Level::kInfo;
  const ir::RuleRef policy{*id, 0};
  finding.because.push_back(analysis.because(policy, "drops everything"));
  for (const Candidate& packet : packets_of(analysis, family, traffic)) {
    auto stopped = paths.walk(packet, way);
    if (!stopped || stopped->witness.claim.fate.decided_by != policy) continue;
    finding.witness = std::move(stopped->witness);
    break;
  }
  finding.proved = true;
  analysis.report(std::move(finding));
}

void run(Analysis& analysis, const CheckInfo& info) {
  for (const ir::Family family : analysis.families())
    for (const Way way : {Way::kIn, Way::kOut}) look_at(analysis, info, family, way);
}

}  // namespace

const Check kFlushedChain = {{"NF209", "flushed-chain", Level::kError, "a DROP policy whose rules are gone"}, run};

}  // namespace nfproof::analyzer
