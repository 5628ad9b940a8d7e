// SPDX-License-Identifier: Apache-2.0
// What it finds
//
// A host that may open web connections (port 80 or 443) and get their answers, but whose questions to name servers
// (port 53 by UDP and TCP, port 853 by TCP) cannot leave, or whose answers from them cannot come in.
//
// Why it matters
//
// Nearly everything begins with a name. Updates, mail and time fail with "temporary failure in name resolution".
//
// Example
//
//     *filter
//     :INPUT DROP [0:0]
//     :OUTPUT DROP [0:0]
//     -A INPUT -i lo -j ACCEPT
//     -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
//     -A OUTPUT -o lo -j ACCEPT
//     -A OUTPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
//     -A OUTPUT -p tcp -m multiport --dports 80,443 -j ACCEPT
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
//     -A OUTPUT -p udp -m udp --dport 53 -j ACCEPT
//     -A OUTPUT -p tcp -m multiport --dports 53,80,443 -j ACCEPT
//     COMMIT
//
// Witness
//
// A question that cannot leave, or an answer that is refused.
//
// How it is proved
//
// No such packet passes the tables of the hook (Z3), while one of a web connection does.
//
// When the fix is safe
//
// There is no automatic fix.
#include "analyzer/checks/check.h"
#include "analyzer/checks/traffic.h"

namespace nfproof::analyzer {
namespace {

struct Server {
  std::uint8_t protocol;
  std::uint16_t port;
};

constexpr std::array kWeb = {Server{ir::kProtoTcp, 443}, Server{ir::kProtoTcp, 80}};
constexpr std::array kNames = {Server{ir::kProtoUdp, 53}, Server{ir::kProtoTcp, 53}, Server{ir::kProtoTcp, 853}};

Traffic question(const Server& server) {
  Traffic traffic;
  traffic.way = Way::kOut;
  traffic.moment = Moment::kNewConnection;
  traffic.protocol = server.protocol;
  traffic.dport = server.port;
  return traffic;
}

Traffic answer(const Server& server) {
  Traffic traffic;
  traffic.way = Way::kIn;
  traffic.moment = Moment::kReply;
  traffic.protocol = server.protocol;
  traffic.sport = server.port;
  return traffic;
}

bool works(Analysis& analysis, ir::Family family, const Server& server) {
  return some_pass(analysis, family, question(server)) && some_pass(analysis, family, answer(server));
}

void run(Analysis& analysis, const CheckInfo& info) {
  for (const ir::Family family : analysis.families()) {
    HookPaths& paths = analysis.paths(family);
    if (!paths.filter_chain(Way::kIn) && !paths.filter_chain(Way::kOut)) continue;
    const auto usable = [&](const Server& server) { return works(analysis, family, server); };
    // Whoever has the other family may well ask there; then this one is no place for names.
    if (std::any_of(kNames.begin(), kNames.end(), usable) || std::none_of(kWeb.begin(), kWeb.end(), usable)) continue;
    if (family == ir::Family::kIpv6 && analysis.families().size() > 1) continue;
    auto refusal = all_refused(analysis, info, family, question(kNames[0]));
    const bool asked = !refusal;
    if (asked) refusal = all_refused(analysis, info, family, answer(kNames[0]));
    if (!refusal) continue;
    analysis.report(refusal_finding(analysis, info, *refusal,
                                    asked ? "answers of name servers are refused: this host resolves no names"
                                          : "questions to name servers cannot leave: this host resolves no names"));
  }
}

}  // namespace

const Check kNameResolutionBlocked = {
    {"NF207", "name-resolution-blocked", Level::kWarning, "a host that may use the web but resolve no names"}, run};

}  // namespace nfproof::analyzer
