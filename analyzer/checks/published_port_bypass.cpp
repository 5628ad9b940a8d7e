// SPDX-License-Identifier: Apache-2.0
// What it finds
//
// A rule in INPUT that is to protect a port, by refusing it or by accepting it from some sources only, while nat sends
// the packets to a container or another host and FORWARD lets them pass. INPUT never sees them.
//
// Why it matters
//
// `docker run -p 5432:5432` publishes the port to the world whatever INPUT says. This is how databases behind "a
// firewall that drops everything" end up in search engines.
//
// Example
//
//     *nat
//     :PREROUTING ACCEPT [0:0]
//     :DOCKER - [0:0]
//     -A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
//     -A DOCKER ! -i docker0 -p tcp -m tcp --dport 5432 -j DNAT --to-destination 172.17.0.2:5432
//     COMMIT
//     *filter
//     :INPUT ACCEPT [0:0]
//     :FORWARD DROP [0:0]
//     :DOCKER - [0:0]
//     -A INPUT -p tcp -m tcp --dport 5432 -j DROP
//     -A FORWARD -o docker0 -j DOCKER
//     -A DOCKER -d 172.17.0.2/32 ! -i docker0 -o docker0 -p tcp -m tcp --dport 5432 -j ACCEPT
//     COMMIT
//
// Use instead
//
//     *nat
//     :PREROUTING ACCEPT [0:0]
//     :DOCKER - [0:0]
//     -A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
//     -A DOCKER ! -i docker0 -p tcp -m tcp --dport 5432 -j DNAT --to-destination 172.17.0.2:5432
//     COMMIT
//     *filter
//     :INPUT ACCEPT [0:0]
//     :FORWARD DROP [0:0]
//     :DOCKER - [0:0]
//     :DOCKER-USER - [0:0]
//     -A INPUT -p tcp -m tcp --dport 5432 -j DROP
//     -A FORWARD -j DOCKER-USER
//     -A FORWARD -o docker0 -j DOCKER
//     -A DOCKER -d 172.17.0.2/32 ! -i docker0 -o docker0 -p tcp -m tcp --dport 5432 -j ACCEPT
//     -A DOCKER-USER ! -i docker0 -p tcp -m conntrack --ctorigdstport 5432 -j DROP
//     COMMIT
//
// Witness
//
// The first packet of a connection from the Internet as it enters FORWARD, already translated, and the rule that
// accepts it.
//
// How it is proved
//
// By the witness: INPUT would refuse the packet, nat translates it, FORWARD accepts what comes out.
//
// When the fix is safe
//
// Never: closing what is open changes what the host does.
#include <algorithm>
#include <map>

#include "analyzer/checks/check.h"
#include "analyzer/checks/managed.h"
#include "analyzer/checks/public_side.h"
#include "analyzer/checks/rule_facts.h"

namespace nfproof::analyzer {
namespace {

constexpr std::size_t kMostTranslated = 1000;

/// The first rule below INPUT that speaks of each port in order to close it to some.
std::map<Port, ir::RuleRef> protected_ports(const Analysis& analysis, ir::ChainId input) {
  std::map<Port, ir::RuleRef> ports;
  const ir::Ruleset& ruleset = analysis.ruleset();
  for (const ir::ChainId chain : chains_below(analysis, input)) {
    const auto& rules = ruleset.chain(chain).rules;
    for (std::size_t i = 0; i < rules.size(); ++i) {
      const ir::RuleRef ref{chain, static_cast<std::uint32_t>(i)};
      const bool lets_some =
          rules[i].verdict.kind == ir::VerdictKind::kAccept &&
          (source_test(ruleset, rules[i]) != nullptr || test_on(ruleset, rules[i], ir::FieldId::kIifname) != nullptr);
      if (!(refuses(rules[i].verdict.kind) || lets_some) || is_managed(ruleset, ref)) continue;
      for (const Port& port : named_ports(ruleset, rules[i])) ports.try_emplace(port, ref);
    }
  }
  return ports;
}

bool input_refuses(Analysis& analysis, const Candidate& candidate) {
  return analysis.paths(candidate.packet.family).walk(candidate, Way::kIn).has_value();
}

void look_at(Analysis& analysis, const CheckInfo& info, ir::Family family, const Port& port, ir::RuleRef protection) {
  const PublicSide& side = public_side(analysis, family);
  for (const std::string& interface : side.interfaces) {
    Traffic traffic;
    traffic.way = Way::kIn;
    traffic.moment = Moment::kNewConnection;
    traffic.protocol = port.protocol;
    traffic.dport = port.port;
    traffic.in = interface;
    traffic.source = strangers(family).front();
    for (const Candidate& candidate : packets_of(analysis, family, traffic)) {
      const auto translated = translate_destination(analysis, candidate.packet);
      if (!translated || translated->local || !input_refuses(analysis, candidate)) continue;
      if (is_expected(analysis, candidate.packet)) continue;
      // Whoever writes the DNAT by hand and accepts the port from inside knows what he does.
      const bool lets_some = analysis.ruleset().rule(protection)->verdict.kind == ir::VerdictKind::kAccept;
      if (lets_some && !is_managed(analysis.ruleset(), translated->rule)) continue;
      auto open = forwarded(analysis, *translated);
      if (!open) continue;
      Finding finding = analysis.at_rule(
          info, protection,
          "this rule does not protect `" + port_text(port) + "`: nat sends such packets to " +
              ir::format_address(translated->packet.destination(), family) + ", and FORWARD accepts them");
      finding.because.push_back(analysis.because(translated->rule, "gives them another destination"));
      finding.because.push_back(analysis.because(open->decided, "accepts them"));
      finding.witness = std::move(open->witness);
      finding.proved = true;
      analysis.report(std::move(finding));
      return;
    }
  }
}

void run(Analysis& analysis, const CheckInfo& info) {
  for (const ir::Family family : analysis.families()) {
    std::vector<Box> translated;
    for_each_rule(analysis, family, [&](ir::RuleRef ref, const ir::Rule& rule) {
      const auto* nat = effect_of<ir::Nat>(rule);
      const bool translates = nat != nullptr && nat->kind == ir::Nat::Kind::kDnat;
      if (translates && translated.size() < kMostTranslated) translated.push_back(analysis.structure().boxes.of(ref));
    });
    const auto input = analysis.paths(family).filter_chain(Way::kIn);
    if (translated.empty() || !input) continue;
    for (const auto& [port, rule] : protected_ports(analysis, *input)) {
      Box box;
      box.narrow(Box::kDport, {port.port, port.port});
      box.narrow(Box::kProtocol, {port.protocol, port.protocol});
      const auto meets = [&](const Box& each) { return each.meets(box); };
      if (std::any_of(translated.begin(), translated.end(), meets)) look_at(analysis, info, family, port, rule);
    }
  }
}

}  // namespace

const Check kPublishedPortBypass = {
    {"NF306", "published-port-bypass", Level::kWarning, "an INPUT rule that does not protect a forwarded port"}, run};

}  // namespace nfproof::analyzer
