// SPDX-License-Identifier: Apache-2.0
// What it finds
//
// INPUT refuses all answers to connections that the host itself opens, although OUTPUT lets it open some: the rule that
// accepts ESTABLISHED and RELATED packets is missing, or something before it refuses them.
//
// Why it matters
//
// The host can ask nobody anything: no names, no time, no updates. Its own questions leave, the answers are dropped.
//
// Example
//
//     *filter
//     :INPUT DROP [0:0]
//     :OUTPUT ACCEPT [0:0]
//     -A INPUT -i lo -j ACCEPT
//     -A INPUT -p tcp -m multiport --dports 22,443 -j ACCEPT
//     COMMIT
//
// Use instead
//
//     *filter
//     :INPUT DROP [0:0]
//     :OUTPUT ACCEPT [0:0]
//     -A INPUT -i lo -j ACCEPT
//     -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
//     -A INPUT -p tcp -m multiport --dports 22,443 -j ACCEPT
//     COMMIT
//
// Witness
//
// An answer to a connection of the host, and the rule or policy that refuses it.
//
// How it is proved
//
// No TCP or UDP packet from another host to a port above 32767, in reply direction with state ESTABLISHED, passes raw,
// mangle, filter and security in PREROUTING and INPUT, and some new connection of the host passes OUTPUT and
// POSTROUTING (both by Z3).
//
// When the fix is safe
//
// Never: accepting more changes what the host does.
#include "analyzer/checks/analysis.h"
#include "analyzer/checks/check.h"

namespace nfproof::analyzer {
namespace {

using ir::FieldId;
using ir::ValueSet;

ir::FieldTest either_transport() {
  return {FieldId::kL4Proto, 0, false,
          ValueSet::of_intervals({{ir::kProtoTcp, ir::kProtoTcp}, {ir::kProtoUdp, ir::kProtoUdp}})};
}

Access answers() {
  Access access;
  access.when.push_back(access.pool.add(either_transport()));
  access.when.push_back(access.pool.add(ir::FieldTest{FieldId::kThDport, 0, false, ValueSet::of_range(32768, 65535)}));
  return access;
}

/// An answer as most are: from a web server.
Access common_answer() {
  Access access = answers();
  access.when.push_back(access.pool.add(ir::FieldTest{FieldId::kTcpSport, 0, false, ValueSet::of_value(443)}));
  return access;
}

Access questions() {
  Access access;
  access.when.push_back(access.pool.add(either_transport()));
  return access;
}

void run(Analysis& analysis, const CheckInfo& info) {
  for (const ir::Family family : analysis.families()) {
    HookPaths& paths = analysis.paths(family);
    if (!paths.filter_chain(Way::kIn)) continue;
    const Outcome answered = paths.can_pass(answers(), Way::kIn, Moment::kReply);
    if (answered == Outcome::kSat) continue;
    const Outcome asking = paths.can_pass(questions(), Way::kOut, Moment::kNewConnection);
    if (asking == Outcome::kUnsat) continue;
    const ir::ChainId input = *paths.filter_chain(Way::kIn);
    if (answered == Outcome::kUnknown || asking == Outcome::kUnknown) {
      analysis.undecided(info, {input, static_cast<std::uint32_t>(analysis.ruleset().chain(input).rules.size())},
                         "the solver gave up within its time limit");
      continue;
    }
    const auto refusal = paths.example_stopped(common_answer(), Way::kIn, Moment::kReply);
    if (!refusal) continue;
    const ir::RuleRef decided = refusal->witness.claim.fate.decided_by;
    if (refusal->too_long) {
      analysis.undecided(info, decided, "a packet makes more calls than are followed");
      continue;
    }
    Finding finding = analysis.at_chain(info, decided.chain,
                                        "answers to the host's own connections are refused: no rule accepts "
                                        "ESTABLISHED and RELATED packets in time");
    if (analysis.ruleset().rule(decided) != nullptr) {
      finding.rule = decided;
      finding.span = analysis.span_of(decided);
    }
    finding.because.push_back(analysis.because(decided, "refuses this answer"));
    finding.witness = refusal->witness;
    finding.proved = true;
    analysis.report(std::move(finding));
  }
}

}  // namespace

const Check kMissingEstablished = {{"NF401", "missing-established", Level::kWarning,
                                    "a default-deny INPUT that refuses answers to the host's own connections"},
                                   run};

}  // namespace nfproof::analyzer
