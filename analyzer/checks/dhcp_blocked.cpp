// SPDX-License-Identifier: Apache-2.0
// What it finds
//
// Half of a DHCP exchange: a rule accepts the questions of a DHCPv6 client, of a DHCPv6 server's clients or of a DHCP
// server's clients by their port, and the other half is refused. DHCP clients of IPv4 read their answers below the
// firewall, so nothing is said about them.
//
// Why it matters
//
// A DHCPv6 answer comes from another address than the question went to, so connection tracking does not know it: it is
// NEW, not ESTABLISHED, and needs a rule of its own for UDP port 546.
//
// Example
//
//     # family: 6
//     *filter
//     :INPUT DROP [0:0]
//     :OUTPUT DROP [0:0]
//     -A INPUT -i lo -j ACCEPT
//     -A INPUT -p ipv6-icmp -j ACCEPT
//     -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
//     -A OUTPUT -o lo -j ACCEPT
//     -A OUTPUT -p ipv6-icmp -j ACCEPT
//     -A OUTPUT -p udp -m udp --sport 546 --dport 547 -j ACCEPT
//     COMMIT
//
// Use instead
//
//     # family: 6
//     *filter
//     :INPUT DROP [0:0]
//     :OUTPUT DROP [0:0]
//     -A INPUT -i lo -j ACCEPT
//     -A INPUT -p ipv6-icmp -j ACCEPT
//     -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
//     -A INPUT -s fe80::/10 -p udp -m udp --sport 547 --dport 546 -j ACCEPT
//     -A OUTPUT -o lo -j ACCEPT
//     -A OUTPUT -p ipv6-icmp -j ACCEPT
//     -A OUTPUT -p udp -m udp --sport 546 --dport 547 -j ACCEPT
//     COMMIT
//
// Witness
//
// An answer, and the rule or policy that refuses it.
//
// How it is proved
//
// No such packet passes the tables of the hook (Z3).
//
// When the fix is safe
//
// There is no automatic fix.
#include "analyzer/checks/check.h"
#include "analyzer/checks/traffic.h"

namespace nfproof::analyzer {
namespace {

/// A rule of `asks` that accepts the port is evidence that the answer is wanted.
struct Row {
  ir::Family family;
  Way asks;
  std::uint16_t question;
  std::uint16_t sport;
  std::uint16_t dport;
  std::string_view message;
};

constexpr std::array kRows = {
    Row{ir::Family::kIpv6, Way::kOut, 547, 547, 546, "answers of DHCPv6 servers are refused"},
    Row{ir::Family::kIpv6, Way::kIn, 547, 547, 546, "answers of the DHCPv6 server on this host cannot leave"},
    Row{ir::Family::kIpv4, Way::kIn, 67, 67, 68, "answers of the DHCP server on this host cannot leave"},
};

void run(Analysis& analysis, const CheckInfo& info) {
  for (const ir::Family family : analysis.families())
    for (const Row& row : kRows) {
      if (row.family != family || !accepts_port(analysis, family, row.asks, ir::kProtoUdp, row.question)) continue;
      Traffic answer;
      answer.way = row.asks == Way::kOut ? Way::kIn : Way::kOut;
      answer.moment = Moment::kNewConnection;
      answer.protocol = ir::kProtoUdp;
      answer.sport = row.sport;
      answer.dport = row.dport;
      if (!analysis.paths(family).filter_chain(answer.way)) continue;
      const auto refusal = all_refused(analysis, info, family, answer);
      if (!refusal) continue;
      answer.moment = Moment::kReply;  // to a question that was sent to one address
      if (row.asks == Way::kIn && some_pass(analysis, family, answer)) continue;
      analysis.report(refusal_finding(analysis, info, *refusal, std::string(row.message)));
    }
}

}  // namespace

const Check kDhcpBlocked = {{"NF208", "dhcp-blocked", Level::kWarning, "one half of a DHCP exchange is refused"}, run};

}  // namespace nfproof::analyzer
