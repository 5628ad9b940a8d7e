// SPDX-License-Identifier: Apache-2.0
// What it finds
//
// A rule assigns a connection helper (`-j CT --helper ftp`), and INPUT accepts RELATED packets to any port, also to
// those below 1024 that the helper's protocol never asks for.
//
// Why it matters
//
// A helper opens ports because of what it reads in a connection. Whoever controls one end of that connection writes
// what it reads, and can have a port of its choice declared RELATED: SSH, a database.
//
// Example
//
//     *raw
//     :PREROUTING ACCEPT [0:0]
//     -A PREROUTING -p tcp -m tcp --dport 21 -j CT --helper ftp
//     COMMIT
//     *filter
//     :INPUT DROP [0:0]
//     -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
//     -A INPUT -p tcp -m tcp --dport 21 -j ACCEPT
//     COMMIT
//
// Use instead
//
//     *raw
//     :PREROUTING ACCEPT [0:0]
//     -A PREROUTING -p tcp -m tcp --dport 21 -j CT --helper ftp
//     COMMIT
//     *filter
//     :INPUT DROP [0:0]
//     -A INPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT
//     -A INPUT -p icmp -m conntrack --ctstate RELATED -j ACCEPT
//     -A INPUT -p tcp -m conntrack --ctstate RELATED -m helper --helper ftp -m tcp --dport 1024:65535 -j ACCEPT
//     -A INPUT -p tcp -m tcp --dport 21 -j ACCEPT
//     COMMIT
//
// Witness
//
// The first packet of a RELATED connection to a port below 1024 that INPUT would refuse if it were NEW.
//
// How it is proved
//
// By the witness.
//
// When the fix is safe
//
// Never: accepting less may break what the helper is for.
#include "analyzer/checks/check.h"
#include "analyzer/checks/public_side.h"
#include "analyzer/checks/rule_facts.h"

namespace nfproof::analyzer {
namespace {

std::optional<ir::RuleRef> assigns_helper(const Analysis& analysis, ir::Family family) {
  std::optional<ir::RuleRef> found;
  for_each_rule(analysis, family, [&](ir::RuleRef ref, const ir::Rule& rule) {
    const auto* track = effect_of<ir::TrackAs>(rule);
    if (found || track == nullptr || track->helper.empty()) return;
    const auto bases = analysis.structure().graph.bases(analysis.ruleset(), ref.chain);
    const bool arriving = std::any_of(bases.begin(), bases.end(), [&](ir::ChainId base) {
      return analysis.ruleset().chain(base).base->hook == ir::Hook::kPrerouting;
    });
    if (arriving) found = ref;
  });
  return found;
}

void run(Analysis& analysis, const CheckInfo& info) {
  constexpr std::uint16_t kPrivileged = 999;  // a port that no service has
  for (const ir::Family family : analysis.families()) {
    const auto helper = assigns_helper(analysis, family);
    if (!helper || !analysis.paths(family).filter_chain(Way::kIn)) continue;
    Traffic traffic;
    traffic.way = Way::kIn;
    traffic.dport = kPrivileged;
    traffic.moment = Moment::kNewConnection;
    if (opening(analysis, family, traffic)) continue;
    traffic.moment = Moment::kRelated;
    auto open = opening(analysis, family, traffic);
    if (!open) continue;
    const bool by_rule = analysis.ruleset().rule(open->decided) != nullptr;
    const std::string message = "connections that a helper expects may go to any port, also below 1024";
    Finding finding = by_rule ? analysis.at_rule(info, open->decided, message)
                              : analysis.at_chain(info, open->decided.chain, message);
    finding.because.push_back(analysis.because(*helper, "assigns the helper"));
    finding.witness = std::move(open->witness);
    finding.proved = true;
    analysis.report(std::move(finding));
  }
}

}  // namespace

const Check kRelatedTooWide = {
    {"NF310", "related-too-wide", Level::kInfo, "RELATED connections of a helper that may go to any port"}, run};

}  // namespace nfproof::analyzer
