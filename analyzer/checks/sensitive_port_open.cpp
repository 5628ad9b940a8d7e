// SPDX-License-Identifier: Apache-2.0
// What it finds
//
// A rule that lets everybody on the Internet reach a service that is rarely meant for everybody: databases, caches,
// file sharing, telnet, the Docker and etcd interfaces (the list can be replaced in the settings). Published ports
// (`DNAT` to a container or another host) count as well. Nothing is said about what the settings list as open on
// purpose, about rules for some sources or interfaces, and where everything is open anyway (NF301).
//
// Why it matters
//
// Such ports are searched for all day. Many of these services were made for trusted networks and ask for no password.
//
// Example
//
//     *filter
//     :INPUT DROP [0:0]
//     -A INPUT -i lo -j ACCEPT
//     -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
//     -A INPUT -p tcp -m multiport --dports 22,443,3306 -j ACCEPT
//     COMMIT
//
// Use instead
//
//     *filter
//     :INPUT DROP [0:0]
//     -A INPUT -i lo -j ACCEPT
//     -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
//     -A INPUT -p tcp -m multiport --dports 22,443 -j ACCEPT
//     -A INPUT -s 192.0.2.0/24 -p tcp -m tcp --dport 3306 -j ACCEPT
//     COMMIT
//
// Witness
//
// The first packet of a connection from the Internet to the port; for a published port as it enters FORWARD.
//
// How it is proved
//
// By the witness, and because packets from other addresses far away fare the same. The public side is the interface of
// the default route, or the one that addresses are hidden behind; when neither is known, all interfaces must let it in.
//
// When the fix is safe
//
// Never: closing what is open changes what the host does.
#include <algorithm>
#include <map>

#include "analyzer/checks/check.h"
#include "analyzer/checks/public_side.h"
#include "analyzer/checks/rule_facts.h"

namespace nfproof::analyzer {
namespace {

const SensitivePort* sensitive(const Analysis& analysis, const Port& port) {
  const auto& list = analysis.options().sensitive_ports;
  const auto found = std::find_if(list.begin(), list.end(), [&](const SensitivePort& each) {
    return each.protocol == port.protocol && each.port == port.port;
  });
  return found == list.end() ? nullptr : &*found;
}

constexpr std::size_t kMostAsked = 200;  // rules that name such ports; who has more has no default-deny to lose

/// What one rule opens.
struct Found {
  std::vector<std::string> services;
  Opening opening;
};
using FoundByRule = std::map<ir::RuleRef, Found>;

void note(FoundByRule& found, ir::RuleRef rule, const Port& port, const SensitivePort& service, Opening opening) {
  auto [row, fresh] = found.try_emplace(rule, Found{{}, std::move(opening)});
  row->second.services.push_back("`" + port_text(port) + "` (" + service.service + ")");
}

Traffic stranger(const Analysis& analysis, const ir::Rule& rule, const Port& port) {
  Traffic traffic;
  traffic.way = Way::kIn;
  traffic.moment = Moment::kNewConnection;
  traffic.protocol = port.protocol;
  traffic.dport = port.port;
  const auto* to = destination_test(analysis.ruleset(), rule);
  const auto* ranges = to != nullptr && !to->negated ? to->values.intervals() : nullptr;
  if (ranges != nullptr && !ranges->empty()) traffic.destination = ranges->front().lo;
  return traffic;
}

void look_at_input(Analysis& analysis, ir::Family family, ir::ChainId input, FoundByRule& found) {
  std::map<Port, bool> done;
  std::size_t asked = 0;
  for (const ir::ChainId chain : chains_below(analysis, input))
    for (const ir::Rule& rule : analysis.ruleset().chain(chain).rules) {
      if (rule.verdict.kind != ir::VerdictKind::kAccept || source_test(analysis.ruleset(), rule) != nullptr) continue;
      for (const Port& port : named_ports(analysis.ruleset(), rule)) {
        const SensitivePort* service = sensitive(analysis, port);
        if (service == nullptr || done[port] || ++asked > kMostAsked) continue;
        auto open = opening(analysis, family, stranger(analysis, rule, port));
        if (!open || is_expected(analysis, open->witness.packet)) continue;
        const ir::Rule* decided = analysis.ruleset().rule(open->decided);
        if (decided == nullptr || named_ports(analysis.ruleset(), *decided).empty()) continue;
        done[port] = true;
        note(found, open->decided, port, *service, std::move(*open));
      }
    }
}

/// Ports that nat gives to somebody else. The packet is made for INPUT and then sent through nat.
void look_at_published(Analysis& analysis, ir::Family family, FoundByRule& found) {
  const PublicSide& side = public_side(analysis, family);
  for_each_rule(analysis, family, [&](ir::RuleRef ref, const ir::Rule& rule) {
    const auto* nat = effect_of<ir::Nat>(rule);
    if (nat == nullptr || nat->kind != ir::Nat::Kind::kDnat || found.contains(ref)) return;
    if (source_test(analysis.ruleset(), rule) != nullptr) return;
    for (const Port& port : named_ports(analysis.ruleset(), rule)) {
      const SensitivePort* service = sensitive(analysis, port);
      if (service == nullptr) continue;
      std::optional<Opening> open;
      bool all = true;
      for (const std::string& interface : side.interfaces) {
        Traffic traffic = stranger(analysis, rule, port);
        traffic.in = interface;
        traffic.source = strangers(family).front();
        const auto packets = packets_of(analysis, family, traffic);
        const auto translated =
            packets.empty() ? std::nullopt : translate_destination(analysis, packets.front().packet);
        const bool here = translated && translated->rule == ref && !translated->local &&
                          !is_expected(analysis, packets.front().packet);
        auto passed = here ? forwarded(analysis, *translated) : std::nullopt;
        all = all && passed.has_value();
        if (passed && !open) open = std::move(passed);
      }
      if (open && (side.known || all)) note(found, ref, port, *service, std::move(*open));
    }
  });
}

std::string list_of(const std::vector<std::string>& parts) {
  std::string text;
  for (std::size_t i = 0; i < parts.size(); ++i)
    text += (i == 0 ? "" : i + 1 == parts.size() ? " and " : ", ") + parts[i];
  return text;
}

void run(Analysis& analysis, const CheckInfo& info) {
  for (const ir::Family family : analysis.families()) {
    FoundByRule found;
    if (const auto input = analysis.paths(family).filter_chain(Way::kIn))
      look_at_input(analysis, family, *input, found);
    look_at_published(analysis, family, found);
    for (auto& [rule, what] : found) {
      const bool published = effect_of<ir::Nat>(*analysis.ruleset().rule(rule)) != nullptr;
      Finding finding = analysis.at_rule(info, rule,
                                         list_of(what.services) + (what.services.size() == 1 ? " is" : " are") +
                                             (published ? " published to everybody" : " open to everybody"));
      finding.because.push_back(analysis.because(what.opening.decided, "accepts this packet"));
      finding.witness = std::move(what.opening.witness);
      finding.proved = true;
      analysis.report(std::move(finding));
    }
  }
}

}  // namespace

const Check kSensitivePortOpen = {
    {"NF302", "sensitive-port-open", Level::kWarning, "a database or management port that everybody reaches"}, run};

}  // namespace nfproof::analyzer
