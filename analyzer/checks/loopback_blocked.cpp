// SPDX-License-Identifier: Apache-2.0
// What it finds
//
// New connections from 127.0.0.1 to 127.0.0.1 (in IPv6 from ::1 to ::1) are refused in OUTPUT or INPUT, and no rule
// speaks of the loopback interface on purpose.
//
// Why it matters
//
// Programs of one host talk to each other over `lo`: databases, mail filters, the local name server at 127.0.0.53,
// X forwarding. They hang or fail in odd ways, far from the firewall.
//
// Example
//
//     *filter
//     :INPUT DROP [0:0]
//     -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
//     -A INPUT -p tcp -m tcp --dport 22 -j ACCEPT
//     COMMIT
//
// Use instead
//
//     *filter
//     :INPUT DROP [0:0]
//     -A INPUT -i lo -j ACCEPT
//     -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
//     -A INPUT -p tcp -m tcp --dport 22 -j ACCEPT
//     COMMIT
//
// Witness
//
// The first packet of such a connection to a port that no rule names, and the rule or policy that refuses it.
//
// How it is proved
//
// By the witness for TCP, and because nothing of the kind passes for UDP either (Z3).
//
// When the fix is safe
//
// There is no automatic fix.
#include "analyzer/checks/check.h"
#include "analyzer/checks/rule_facts.h"
#include "analyzer/checks/traffic.h"

namespace nfproof::analyzer {
namespace {

/// A live rule that accepts on `lo`: whoever wrote it chose what may pass there.
bool chosen(Analysis& analysis, ir::Family family, Way way) {
  bool found = false;
  const ir::FieldId field = way == Way::kIn ? ir::FieldId::kIifname : ir::FieldId::kOifname;
  for_each_rule(analysis, family, [&](ir::RuleRef ref, const ir::Rule& rule) {
    const auto* test = test_on(analysis.ruleset(), rule, field);
    if (found || test == nullptr || test->negated || !test->values.contains("lo")) return;
    if (rule.verdict.kind != ir::VerdictKind::kAccept && !calls(rule.verdict.kind)) return;
    found = analysis.liveness(family).of(ref).life == Life::kAlive;
  });
  return found;
}

void run(Analysis& analysis, const CheckInfo& info) {
  for (const ir::Family family : analysis.families())
    for (const Way way : {Way::kOut, Way::kIn}) {
      if (!analysis.paths(family).filter_chain(way)) continue;
      Traffic traffic;
      traffic.way = way;
      traffic.moment = Moment::kNewConnection;
      traffic.on_loopback = true;
      traffic.dport = 54321;
      const auto refusal = all_refused(analysis, info, family, traffic);
      if (!refusal) continue;
      traffic.protocol = ir::kProtoUdp;
      if (some_pass(analysis, family, traffic) || !family_lives(analysis, family)) continue;
      if (chosen(analysis, family, way)) continue;
      analysis.report(refusal_finding(analysis, info, *refusal,
                                      "programs on this host cannot talk to each other: connections over `lo` are "
                                      "refused"));
      break;
    }
}

}  // namespace

const Check kLoopbackBlocked = {
    {"NF204", "loopback-blocked", Level::kWarning, "connections within the host that are refused"}, run};

}  // namespace nfproof::analyzer
