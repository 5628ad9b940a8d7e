// SPDX-License-Identifier: Apache-2.0
// What it finds
//
// Where IPv4 and IPv6 rules of one host are given: what everybody reaches over one family and nobody over the other.
// It is a warning when IPv6 is the open one, and information when a service is offered over IPv4 only although IPv6 is
// in use.
//
// Why it matters
//
// A client that finds an IPv6 address uses it. A port that was closed in iptables and forgotten in ip6tables is open.
//
// Example
//
//     *filter
//     :INPUT DROP [0:0]
//     -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
//     -A INPUT -p tcp -m tcp --dport 443 -j ACCEPT
//     COMMIT
//     # family: 6
//     *filter
//     :INPUT DROP [0:0]
//     -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
//     -A INPUT -p ipv6-icmp -j ACCEPT
//     -A INPUT -p tcp -m multiport --dports 443,8080 -j ACCEPT
//     COMMIT
//
// Use instead
//
//     *filter
//     :INPUT DROP [0:0]
//     -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
//     -A INPUT -p tcp -m tcp --dport 443 -j ACCEPT
//     COMMIT
//     # family: 6
//     *filter
//     :INPUT DROP [0:0]
//     -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
//     -A INPUT -p ipv6-icmp -j ACCEPT
//     -A INPUT -p tcp -m tcp --dport 443 -j ACCEPT
//     COMMIT
//
// Witness
//
// The first packet of a connection from the Internet over the family that is open.
//
// How it is proved
//
// Port by port, for all that a rule of either family names and one that no rule names: packets from addresses far away
// are let in over one family and refused over the other.
//
// When the fix is safe
//
// Never: the rules of one family have to change, and which is for its owner to say.
#include <algorithm>
#include <set>

#include "analyzer/checks/check.h"
#include "analyzer/checks/public_side.h"
#include "analyzer/checks/rule_facts.h"

namespace nfproof::analyzer {
namespace {

using ir::Family;

constexpr std::size_t kMostPorts = 64;
constexpr std::size_t kMostShown = 6;

std::set<Port> ports_of(Analysis& analysis) {
  std::set<Port> ports;
  for (const Family family : analysis.families())
    for (const ir::ChainId chain : chains_below(analysis, *analysis.paths(family).filter_chain(Way::kIn)))
      for (const ir::Rule& rule : analysis.ruleset().chain(chain).rules) {
        if (rule.verdict.kind != ir::VerdictKind::kAccept || source_test(analysis.ruleset(), rule) != nullptr) continue;
        for (const Port& port : named_ports(analysis.ruleset(), rule))
          if (ports.size() < kMostPorts) ports.insert(port);
      }
  return ports;
}

std::optional<Opening> open_over(Analysis& analysis, Family family, const std::optional<Port>& port) {
  Traffic traffic;
  traffic.way = Way::kIn;
  traffic.moment = Moment::kNewConnection;
  if (port) {
    traffic.protocol = port->protocol;
    traffic.dport = port->port;
  }
  return opening(analysis, family, traffic);
}

void report(Analysis& analysis, const CheckInfo& info, Opening open, std::string message, Level level) {
  const bool by_rule = analysis.ruleset().rule(open.decided) != nullptr;
  Finding finding = by_rule ? analysis.at_rule(info, open.decided, std::move(message))
                            : analysis.at_chain(info, open.decided.chain, std::move(message));
  finding.level = level;
  finding.because.push_back(analysis.because(open.decided, "accepts this packet"));
  finding.witness = std::move(open.witness);
  finding.proved = true;
  analysis.report(std::move(finding));
}

struct Difference {
  std::vector<Port> ports;
  std::optional<Opening> first;
};

std::string list_of(const std::vector<Port>& ports) {
  std::string text;
  for (std::size_t i = 0; i < std::min(ports.size(), kMostShown); ++i)
    text += (i == 0 ? "`" : ", `") + port_text(ports[i]) + "`";
  if (ports.size() > kMostShown) text += " and " + std::to_string(ports.size() - kMostShown) + " more";
  return text + (ports.size() == 1 ? " is" : " are");
}

void run(Analysis& analysis, const CheckInfo& info) {
  if (analysis.families().size() < 2) return;
  for (const Family family : analysis.families()) {
    const auto input = analysis.paths(family).filter_chain(Way::kIn);
    if (!input || !analysis.ruleset().chain(*input).declared) return;
  }
  auto anything = open_over(analysis, Family::kIpv6, std::nullopt);
  if (anything) {
    if (!open_over(analysis, Family::kIpv4, std::nullopt))
      report(analysis, info, std::move(*anything), "every port is open to everybody over IPv6, but not over IPv4",
             Level::kWarning);
    return;
  }
  Difference only4;
  Difference only6;
  for (const Port& port : ports_of(analysis)) {
    auto over4 = open_over(analysis, Family::kIpv4, port);
    auto over6 = open_over(analysis, Family::kIpv6, port);
    if (over4.has_value() == over6.has_value()) continue;
    Difference& one = over4 ? only4 : only6;
    auto& open = over4 ? over4 : over6;
    if (is_expected(analysis, open->witness.packet)) continue;
    one.ports.push_back(port);
    if (!one.first) one.first = std::move(open);
  }
  if (only6.first)
    report(analysis, info, std::move(*only6.first), list_of(only6.ports) + " open to everybody over IPv6 only",
           Level::kWarning);
  const bool unnamed4 = open_over(analysis, Family::kIpv4, std::nullopt).has_value();
  if (only4.first && !unnamed4 && family_lives(analysis, Family::kIpv6))
    report(analysis, info, std::move(*only4.first), list_of(only4.ports) + " open to everybody over IPv4 only",
           Level::kInfo);
}

}  // namespace

const Check kFamilyParity = {
    {"NF305", "family-parity", Level::kWarning, "a service that is open over one of IPv4 and IPv6 only"}, run};

}  // namespace nfproof::analyzer
