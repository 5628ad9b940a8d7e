// SPDX-License-Identifier: Apache-2.0
// What it finds
//
// Connections that can be opened and not be answered: INPUT accepts a port and OUTPUT refuses all answers from it,
// OUTPUT accepts one and INPUT refuses all answers, or FORWARD passes new connections and no answers at all.
//
// Why it matters
//
// A connection takes both directions. The usual causes are a missing ESTABLISHED rule in the other chain, and `--sport`
// where `--dport` was meant.
//
// Example
//
//     *filter
//     :INPUT DROP [0:0]
//     :OUTPUT DROP [0:0]
//     -A INPUT -i lo -j ACCEPT
//     -A INPUT -p tcp -m multiport --dports 22,443 -j ACCEPT
//     -A OUTPUT -o lo -j ACCEPT
//     -A OUTPUT -p tcp -m tcp --sport 22 -j ACCEPT
//     COMMIT
//
// Use instead
//
//     *filter
//     :INPUT DROP [0:0]
//     :OUTPUT DROP [0:0]
//     -A INPUT -i lo -j ACCEPT
//     -A INPUT -p tcp -m multiport --dports 22,443 -j ACCEPT
//     -A OUTPUT -o lo -j ACCEPT
//     -A OUTPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
//     COMMIT
//
// Witness
//
// An answer, and the rule or policy that refuses it.
//
// How it is proved
//
// No answer from the port with state ESTABLISHED passes the tables of the other direction (Z3), while new connections
// to it do.
//
// When the fix is safe
//
// There is no automatic fix.
#include <algorithm>
#include <map>

#include "analyzer/checks/check.h"
#include "analyzer/checks/managed.h"
#include "analyzer/checks/public_side.h"
#include "analyzer/checks/rule_facts.h"

namespace nfproof::analyzer {
namespace {

constexpr std::size_t kMostPorts = 64;
constexpr std::size_t kMostShown = 6;

struct Service {
  Port port;
  ir::RuleRef rule;
};

/// Ports that rules of the chain accept, each with the first rule that does.
std::vector<Service> accepted_ports(const Analysis& analysis, ir::ChainId base) {
  std::vector<Service> services;
  std::map<Port, bool> seen;
  const ir::Ruleset& ruleset = analysis.ruleset();
  for (const ir::ChainId chain : chains_below(analysis, base)) {
    const auto& rules = ruleset.chain(chain).rules;
    for (std::size_t i = 0; i < rules.size(); ++i) {
      const ir::RuleRef ref{chain, static_cast<std::uint32_t>(i)};
      if (rules[i].verdict.kind != ir::VerdictKind::kAccept || is_managed(ruleset, ref)) continue;
      if ((states_of(ruleset, rules[i]) & state_bit(ir::CtState::kNew)) == 0) continue;
      for (const Port& port : named_ports(ruleset, rules[i])) {
        if (services.size() >= kMostPorts || seen[port]) continue;
        seen[port] = true;
        services.push_back({port, ref});
      }
    }
  }
  return services;
}

Traffic answer_from(const Port& port, Way way) {
  Traffic answer;
  answer.way = way;
  answer.moment = Moment::kReply;
  answer.protocol = port.protocol;
  answer.sport = port.port;
  return answer;
}

struct Broken {
  std::vector<Port> ports;
  std::vector<ir::RuleRef> rules;
  Refusal refusal;
};

std::string list_of(const std::vector<Port>& ports) {
  std::string text;
  for (std::size_t i = 0; i < std::min(ports.size(), kMostShown); ++i)
    text += (i == 0 ? "`" : ", `") + port_text(ports[i]) + "`";
  return ports.size() <= kMostShown ? text : text + " and " + std::to_string(ports.size() - kMostShown) + " more";
}

/// One finding for each rule or policy that refuses answers.
void look_at_ports(Analysis& analysis, const CheckInfo& info, ir::Family family, Way asks, Way answers) {
  HookPaths& paths = analysis.paths(family);
  const auto base = paths.filter_chain(asks);
  if (!base || !paths.filter_chain(answers)) return;
  std::map<ir::RuleRef, Broken> broken;
  for (const Service& service : accepted_ports(analysis, *base)) {
    auto refusal = all_refused(analysis, info, family, answer_from(service.port, answers));
    if (!refusal) continue;
    Traffic question;
    question.way = asks;
    question.moment = Moment::kNewConnection;
    question.protocol = service.port.protocol;
    question.dport = service.port.port;
    if (service.port.protocol != ir::kProtoTcp || !some_pass(analysis, family, question)) continue;
    Broken& row = broken[refusal->witness.claim.fate.decided_by];
    if (row.ports.empty()) row.refusal = std::move(*refusal);
    row.ports.push_back(service.port);
    row.rules.push_back(service.rule);
  }
  for (const auto& [decided, row] : broken) {
    Finding finding =
        refusal_finding(analysis, info, row.refusal,
                        "connections to " + list_of(row.ports) + " are accepted, and all answers are refused");
    finding.because.push_back(analysis.because(row.rules.front(), "accepts the connections"));
    analysis.report(std::move(finding));
  }
}

void look_at_forward(Analysis& analysis, const CheckInfo& info, ir::Family family) {
  Traffic traffic;
  traffic.way = Way::kThrough;
  if (!analysis.paths(family).filter_chain(traffic.way)) return;
  traffic.moment = Moment::kReply;
  const auto refusal = all_refused(analysis, info, family, traffic);
  if (!refusal) return;
  traffic.moment = Moment::kNewConnection;
  if (!some_pass(analysis, family, traffic)) return;
  analysis.report(
      refusal_finding(analysis, info, *refusal, "`FORWARD` accepts new TCP connections, and refuses all answers"));
}

void run(Analysis& analysis, const CheckInfo& info) {
  for (const ir::Family family : analysis.families()) {
    look_at_ports(analysis, info, family, Way::kIn, Way::kOut);
    look_at_ports(analysis, info, family, Way::kOut, Way::kIn);
    look_at_forward(analysis, info, family);
  }
}

}  // namespace

const Check kOneWayRule = {
    {"NF410", "one-way-rule", Level::kWarning, "connections that can be opened and not be answered"}, run};

}  // namespace nfproof::analyzer
