// SPDX-License-Identifier: Apache-2.0
// What it finds
//
// TCP connections pass INPUT or FORWARD, but the ICMP errors "fragmentation needed" (ICMPv6: "packet too big") that
// belong to them are refused.
//
// Why it matters
//
// Path MTU discovery depends on these errors. Without them connections are made and then hang as soon as a large packet
// meets a tunnel or a DSL line: logins work, downloads stall. In IPv6 no router fragments, so there is no way around.
//
// Example
//
//     *filter
//     :INPUT DROP [0:0]
//     -A INPUT -i lo -j ACCEPT
//     -A INPUT -p icmp -j DROP
//     -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
//     -A INPUT -p tcp -m tcp --dport 443 -j ACCEPT
//     COMMIT
//
// Use instead
//
//     *filter
//     :INPUT DROP [0:0]
//     -A INPUT -i lo -j ACCEPT
//     -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
//     -A INPUT -p icmp -j DROP
//     -A INPUT -p tcp -m tcp --dport 443 -j ACCEPT
//     COMMIT
//
// Witness
//
// Such an error as it arrives, and the rule or policy that refuses it.
//
// How it is proved
//
// No ICMP packet of the type with state RELATED passes the tables of the hook (Z3), while some packet of an open TCP
// connection does.
//
// When the fix is safe
//
// There is no automatic fix.
#include "analyzer/checks/check.h"
#include "analyzer/checks/traffic.h"

namespace nfproof::analyzer {
namespace {

constexpr std::uint16_t kFragmentationNeeded = 3U << 8U | 4U;
constexpr std::uint16_t kPacketTooBig = 2U << 8U;

void look_at(Analysis& analysis, const CheckInfo& info, ir::Family family, Way way) {
  const auto chain = analysis.paths(family).filter_chain(way);
  if (!chain || !analysis.ruleset().chain(*chain).declared) return;
  const bool v4 = family == ir::Family::kIpv4;
  const ir::u128 type = v4 ? kFragmentationNeeded : kPacketTooBig;
  Traffic error;
  error.way = way;
  error.moment = Moment::kRelated;
  error.protocol = v4 ? ir::kProtoIcmp : ir::kProtoIcmp6;
  error.icmp = ir::Interval{type, type};
  const auto refusal = all_refused(analysis, info, family, error);
  if (!refusal) return;
  bool connected = false;
  for (const Moment moment : {Moment::kEstablished, Moment::kReply}) {
    Traffic tcp;
    tcp.way = way;
    tcp.moment = moment;
    connected = connected || some_pass(analysis, family, tcp);
  }
  if (!connected) return;
  analysis.report(
      refusal_finding(analysis, info, *refusal,
                      std::string(v4 ? "ICMP `fragmentation-needed`" : "ICMPv6 `packet-too-big`") +
                          " of open connections is refused: connections hang where the path has a smaller MTU"));
}

void run(Analysis& analysis, const CheckInfo& info) {
  for (const ir::Family family : analysis.families())
    for (const Way way : {Way::kIn, Way::kThrough}) look_at(analysis, info, family, way);
}

}  // namespace

const Check kPathMtuBlocked = {
    {"NF206", "path-mtu-blocked", Level::kWarning, "errors that path MTU discovery needs are refused"}, run};

}  // namespace nfproof::analyzer
