// SPDX-License-Identifier: Apache-2.0
// What it finds
//
// A host that uses IPv6 and refuses all neighbour solicitations or advertisements, in INPUT or in OUTPUT. Nothing is
// said where no connection passes over IPv6 at all: it is switched off there.
//
// Why it matters
//
// Neighbour discovery is what ARP is to IPv4, but it runs over ICMPv6 and through ip6tables, and its packets are
// UNTRACKED: a rule for ESTABLISHED and RELATED does not accept them. Without it IPv6 works for the seconds that the
// caches last, and then for nobody.
//
// Example
//
//     # family: 6
//     *filter
//     :INPUT DROP [0:0]
//     -A INPUT -i lo -j ACCEPT
//     -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
//     -A INPUT -p tcp -m tcp --dport 443 -j ACCEPT
//     COMMIT
//
// Use instead
//
//     # family: 6
//     *filter
//     :INPUT DROP [0:0]
//     -A INPUT -i lo -j ACCEPT
//     -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
//     -A INPUT -p ipv6-icmp -j ACCEPT
//     -A INPUT -p tcp -m tcp --dport 443 -j ACCEPT
//     COMMIT
//
// Witness
//
// A neighbour solicitation or advertisement, and the rule or policy that refuses it.
//
// How it is proved
//
// No ICMPv6 packet of the type, with hop limit 255 and state UNTRACKED, passes raw, mangle, filter and security (Z3).
//
// When the fix is safe
//
// There is no automatic fix.
#include "analyzer/checks/check.h"
#include "analyzer/checks/traffic.h"

namespace nfproof::analyzer {
namespace {

struct Row {
  Way way;
  std::uint8_t type;
  std::string_view text;
};

constexpr std::array kRows = {
    Row{Way::kIn, 135, "neighbour solicitations are refused: nobody finds this host over IPv6"},
    Row{Way::kIn, 136, "neighbour advertisements are refused: this host finds nobody over IPv6"},
    Row{Way::kOut, 136, "neighbour advertisements cannot leave: nobody finds this host over IPv6"},
    Row{Way::kOut, 135, "neighbour solicitations cannot leave: this host finds nobody over IPv6"},
};

void run(Analysis& analysis, const CheckInfo& info) {
  for (const ir::Family family : analysis.families()) {
    if (family != ir::Family::kIpv6) continue;
    for (const Row& row : kRows) {
      if (!analysis.paths(family).filter_chain(row.way)) continue;
      Traffic traffic;
      traffic.way = row.way;
      traffic.moment = Moment::kUntracked;
      traffic.protocol = ir::kProtoIcmp6;
      traffic.icmp = ir::Interval{ir::u128{row.type} << 8U, ir::u128{row.type} << 8U};
      const auto refusal = all_refused(analysis, info, family, traffic);
      if (!refusal || !family_lives(analysis, family)) continue;
      analysis.report(refusal_finding(analysis, info, *refusal, std::string(row.text)));
      break;  // one of them is enough to break IPv6
    }
  }
}

}  // namespace

const Check kNeighbourDiscoveryBlocked = {{"NF205", "neighbour-discovery-blocked", Level::kError,
                                           "an IPv6 firewall that refuses the packets by which neighbours are found"},
                                          run};

}  // namespace nfproof::analyzer
