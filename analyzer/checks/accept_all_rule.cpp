// SPDX-License-Identifier: Apache-2.0
// What it finds
//
// A rule in INPUT, or in a chain that INPUT calls, that accepts every new connection from the Internet: it has no
// tests, or none that keeps a stranger out. It is a warning when rules of the chain accept some services by their port
// (which then means nothing), else information: the host is open, and somebody wrote so.
//
// Why it matters
//
// An `-A INPUT -j ACCEPT` from a test, or one that has lost its `-i`, opens every port while the policy still says
// DROP.
//
// Example
//
//     *filter
//     :INPUT DROP [0:0]
//     -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
//     -A INPUT -p tcp -m multiport --dports 22,443 -j ACCEPT
//     -A INPUT -p tcp -j ACCEPT
//     COMMIT
//
// Use instead
//
//     *filter
//     :INPUT DROP [0:0]
//     -A INPUT -i lo -j ACCEPT
//     -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
//     -A INPUT -p tcp -m multiport --dports 22,443 -j ACCEPT
//     COMMIT
//
// Witness
//
// The first packet of a connection from the Internet to a port that no rule names, accepted by the rule.
//
// How it is proved
//
// By the witness, and because packets from other addresses far away fare the same.
//
// When the fix is safe
//
// Never: closing what is open changes what the host does.
#include "analyzer/checks/check.h"
#include "analyzer/checks/public_side.h"

namespace nfproof::analyzer {
namespace {

void run(Analysis& analysis, const CheckInfo& info) {
  for (const ir::Family family : analysis.families()) {
    const auto input = analysis.paths(family).filter_chain(Way::kIn);
    if (!input || !analysis.ruleset().chain(*input).declared) continue;
    for (const std::uint8_t protocol : {ir::kProtoTcp, ir::kProtoUdp}) {
      Traffic traffic;
      traffic.way = Way::kIn;
      traffic.moment = Moment::kNewConnection;
      traffic.protocol = protocol;
      auto open = opening(analysis, family, traffic);
      if (!open || analysis.ruleset().rule(open->decided) == nullptr) continue;
      if (is_expected(analysis, open->witness.packet)) continue;
      Finding finding = analysis.at_rule(info, open->decided,
                                         "this rule accepts every new connection from anywhere: every port is open");
      finding.level = accepts_services(analysis, *input) ? Level::kWarning : Level::kInfo;
      finding.because.push_back(analysis.because(open->decided, "accepts this packet"));
      finding.witness = std::move(open->witness);
      finding.proved = true;
      analysis.report(std::move(finding));
      break;
    }
  }
}

}  // namespace

const Check kAcceptAllRule = {
    {"NF303", "accept-all-rule", Level::kWarning, "a rule that lets everybody reach every port"}, run};

}  // namespace nfproof::analyzer
