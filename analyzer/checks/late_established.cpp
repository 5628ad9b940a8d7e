// SPDX-License-Identifier: Apache-2.0
// What it finds
//
// A rule that accepts ESTABLISHED packets and comes too late. It is a warning when a rule before it refuses answers to
// connections that the host itself opens, and information when twenty or more rules stand before it in its chain, which
// every packet of every open connection has to pass.
//
// Why it matters
//
// A broad DROP in front of the ESTABLISHED rule also drops answers: names are not resolved, downloads do not begin. And
// on a busy firewall nearly all packets belong to open connections.
//
// Example
//
//     *filter
//     :INPUT DROP [0:0]
//     -A INPUT -i lo -j ACCEPT
//     -A INPUT -p udp -j DROP
//     -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
//     -A INPUT -p tcp -m tcp --dport 22 -j ACCEPT
//     COMMIT
//
// Use instead
//
//     *filter
//     :INPUT DROP [0:0]
//     -A INPUT -i lo -j ACCEPT
//     -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
//     -A INPUT -p udp -j DROP
//     -A INPUT -p tcp -m tcp --dport 22 -j ACCEPT
//     COMMIT
//
// Witness
//
// An answer to a connection of the host, and the rule that refuses it.
//
// How it is proved
//
// By the witness; the place is counted.
//
// When the fix is safe
//
// Where the rules before it accept the same packets or do not meet them, `--fix` moves the rule up to the first of
// them, proves that every packet meets the same fate, and leaves rules for loopback in front. Where a rule before it
// refuses, logs, limits or counts packets of open connections, moving it changes what happens to them. That is mostly
// what is wanted, but it has to be asked for: `--fix --unsafe-fixes`. Counters of the rules that it passes count less
// then.
#include <algorithm>

#include "analyzer/checks/check.h"
#include "analyzer/checks/managed.h"
#include "analyzer/checks/move_up.h"
#include "analyzer/checks/public_side.h"
#include "analyzer/checks/rule_facts.h"

namespace nfproof::analyzer {
namespace {

constexpr std::uint32_t kLate = 20;

/// Accepts packets of open connections, whatever their ports.
bool accepts_established(const ir::Ruleset& ruleset, const ir::Rule& rule) {
  const States states = states_of(ruleset, rule);
  return rule.verdict.kind == ir::VerdictKind::kAccept && (states & state_bit(ir::CtState::kEstablished)) != 0 &&
         (states & state_bit(ir::CtState::kNew)) == 0 && source_test(ruleset, rule) == nullptr &&
         test_on(ruleset, rule, ir::FieldId::kThDport) == nullptr &&
         test_on(ruleset, rule, ir::FieldId::kThSport) == nullptr;
}

std::optional<ir::RuleRef> established_rule(const Analysis& analysis, ir::ChainId base) {
  for (const ir::ChainId chain : chains_below(analysis, base)) {
    const auto& rules = analysis.ruleset().chain(chain).rules;
    for (std::size_t i = 0; i < rules.size(); ++i)
      if (accepts_established(analysis.ruleset(), rules[i])) return ir::RuleRef{chain, static_cast<std::uint32_t>(i)};
  }
  return std::nullopt;
}

/// A rule against somebody, against broken packets or beyond a limit refuses answers on purpose.
bool is_broad(const ir::Ruleset& ruleset, const ir::Rule& rule) {
  return source_test(ruleset, rule) == nullptr && !is_uncertain(ruleset, rule) &&
         states_of(ruleset, rule) == kAllStates && test_on(ruleset, rule, ir::FieldId::kTcpFlags) == nullptr &&
         test_on(ruleset, rule, ir::FieldId::kThSport) == nullptr;
}

/// An answer that is refused by a rule although the question may leave.
std::optional<Refusal> refused_answer(Analysis& analysis, ir::Family family) {
  struct Server {
    std::uint8_t protocol;
    std::uint16_t port;
  };
  HookPaths& paths = analysis.paths(family);
  for (const Server& server : {Server{ir::kProtoTcp, 443}, Server{ir::kProtoUdp, 53}, Server{ir::kProtoUdp, 123}}) {
    Traffic answer;
    answer.way = Way::kIn;
    answer.moment = Moment::kReply;
    answer.protocol = server.protocol;
    answer.sport = server.port;
    for (const Candidate& packet : packets_of(analysis, family, answer)) {
      auto refusal = paths.walk(packet, Way::kIn);
      if (!refusal || refusal->too_long) continue;
      const ir::Rule* rule = analysis.ruleset().rule(refusal->witness.claim.fate.decided_by);
      if (rule == nullptr || !is_broad(analysis.ruleset(), *rule)) continue;
      Traffic question;
      question.way = Way::kOut;
      question.moment = Moment::kNewConnection;
      question.protocol = server.protocol;
      question.dport = server.port;
      if (some_pass(analysis, family, question)) return refusal;
    }
  }
  return std::nullopt;
}

void look_at(Analysis& analysis, const CheckInfo& info, ir::Family family, ir::ChainId base, Way way) {
  const auto accepts = established_rule(analysis, base);
  if (!accepts) return;
  if (way == Way::kIn) {
    const auto refusal = refused_answer(analysis, family);
    const auto refuser = refusal ? std::optional(refusal->witness.claim.fate.decided_by) : std::nullopt;
    if (refuser && refuser->chain == accepts->chain && refuser->index < accepts->index) {
      Finding finding = refusal_finding(analysis, info, *refusal,
                                        "this rule refuses answers to the host's own connections before " +
                                            analysis.place_name(*accepts) + " accepts them");
      finding.because.push_back(analysis.because(*accepts, "accepts ESTABLISHED packets"));
      finding.fix = move_up(analysis, *accepts, refuser->index, false);
      analysis.report(std::move(finding));
      return;
    }
  }
  if (accepts->index < kLate || accepts->chain != base || is_managed(analysis.ruleset(), *accepts)) return;
  Finding finding = analysis.at_rule(info, *accepts,
                                     "every packet of an open connection passes " + std::to_string(accepts->index) +
                                         " rules before this one accepts it");
  finding.level = Level::kInfo;
  finding.proved = true;
  const std::uint32_t unchanged = unchanged_place(analysis, *accepts);
  const bool provable = unchanged < kLate;
  finding.fix = move_up(analysis, *accepts, provable ? unchanged : place_behind_bans(analysis, *accepts), provable);
  analysis.report(std::move(finding));
}

void run(Analysis& analysis, const CheckInfo& info) {
  for (const ir::Family family : analysis.families())
    for (const Way way : {Way::kIn, Way::kThrough})
      if (const auto base = analysis.paths(family).filter_chain(way)) look_at(analysis, info, family, *base, way);
}

}  // namespace

const Check kLateEstablished = {
    {"NF402", "late-established", Level::kWarning, "ESTABLISHED packets that are accepted too late"}, run};

}  // namespace nfproof::analyzer
