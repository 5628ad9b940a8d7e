// SPDX-License-Identifier: Apache-2.0
// What it finds
//
// A rule that does match packets, but without which each of them would meet the same verdict: later rules or the policy
// do the same. It is a warning when a rule accepts what a broader rule behind it accepts anyway, and information when
// the packets are refused, or accepted by the policy or by a rule for everything, or belong to open connections. When
// the later rule is itself shadowed, only that is reported.
//
// Why it matters
//
// An ACCEPT for one network that is followed by an ACCEPT for everybody does not restrict anything. A list of DROP
// rules before a policy that drops protects nothing and hides the rules that matter. Either is often the rest of an
// unfinished change.
//
// Example
//
//     *filter
//     :INPUT DROP [0:0]
//     -A INPUT -s 192.0.2.0/24 -p tcp -m tcp --dport 22 -j ACCEPT
//     -A INPUT -p tcp -m tcp --dport 22 -j ACCEPT
//     COMMIT
//
// Use instead
//
//     *filter
//     :INPUT DROP [0:0]
//     -A INPUT -s 192.0.2.0/24 -p tcp -m tcp --dport 22 -j ACCEPT
//     COMMIT
//
// Witness
//
// A packet that the rule decides. Replayed, it gets to the rule.
//
// How it is proved
//
// No packet gets to the rule, matches it, and would meet another verdict, an effect (LOG, MARK, ...) or a test that
// keeps state (limit, recent, ...) if the rule were not there (Z3). Rules that have such effects or tests themselves,
// and rules that return or jump, are not judged.
//
// When the fix is safe
//
// Deleting the rule is safe for the packets. It moves counters: what the rule counted is counted elsewhere.
#include <algorithm>

#include "analyzer/checks/analysis.h"
#include "analyzer/checks/check.h"
#include "analyzer/checks/managed.h"

namespace nfproof::analyzer {
namespace {

using ir::VerdictKind;

bool is_judged(const ir::Rule& rule) {
  const bool terminal = rule.verdict.kind == VerdictKind::kAccept || rule.verdict.kind == VerdictKind::kDrop ||
                        rule.verdict.kind == VerdictKind::kReject;
  return terminal && rule.effects.empty();
}

/// A walk without the rule, by the packet that showed it alive; nothing when that already fares otherwise.
std::optional<ir::Fate> same_without(FamilyContext& context, ir::RuleRef ref, const RuleLife& life) {
  WalkRequest request;
  request.base = life.base;
  request.choices = life.packet->choices;
  const std::array out{ref};
  request.disabled = out;
  request.target = ref;
  request.stop_at_target = false;
  const WalkResult result = context.concrete.walk(life.packet->packet, request);
  const ir::Ruleset& ruleset = context.structure.ruleset;
  const ir::Rule& rule = *ruleset.rule(ref);
  if (!result.reached || !result.clean || result.fate.verdict != rule.verdict.kind) return std::nullopt;
  const ir::Rule* decider = ruleset.rule(result.fate.decided_by);
  const bool same_answer =
      decider == nullptr || rule.verdict.kind != VerdictKind::kReject || decider->verdict.reject == rule.verdict.reject;
  if (!same_answer) return std::nullopt;
  return result.fate;
}

bool asks_something_uncertain(FamilyContext& context, ir::RuleRef ref, const RuleLife& life) {
  bool asked = false;
  (void)context.concrete.matches(ref, life.packet->packet, life.packet->choices, &asked);
  return asked;
}

std::string_view verb(VerdictKind kind) {
  return kind == VerdictKind::kAccept ? "accepts" : kind == VerdictKind::kDrop ? "drops" : "rejects";
}

/// Refusing what is refused anyway, accepting what everything is accepted after, and taking open connections out first
/// (which is quick) are matters of style. An ACCEPT that a broader one repeats restricts nothing, and that is a
/// surprise.
bool is_tidiness(const Analysis& analysis, ir::RuleRef ref, const ir::Fate& later) {
  const ir::Rule* other = analysis.ruleset().rule(later.decided_by);
  const Box& box = analysis.structure().boxes.of(ref);
  const bool open_connections_only = (box.used >> Box::kState & 1U) != 0 && box.ranges[Box::kState].lo > 0;
  return later.verdict != VerdictKind::kAccept || other == nullptr || other->when.empty() || open_connections_only;
}

void report(Analysis& analysis, const CheckInfo& info, ir::RuleRef ref, const RuleLife& life, const ir::Fate& later) {
  const ir::Rule& rule = *analysis.ruleset().rule(ref);
  Finding finding =
      analysis.at_rule(info, ref, "this rule changes nothing: without it every packet meets the same verdict");
  finding.level = is_tidiness(analysis, ref, later) ? Level::kInfo : Level::kWarning;
  finding.because.push_back(
      analysis.because(later.decided_by, std::string(verb(rule.verdict.kind)) + " such packets as well"));
  finding.proved = true;
  WitnessClaim claim;
  claim.base = life.base;
  claim.fate = {rule.verdict.kind, ref};
  claim.reaches = ref;
  claim.choices = life.packet->choices;
  finding.witness = Witness{life.packet->packet, std::move(claim)};
  if (finding.span.is_known()) finding.fix = Fix{"delete the rule", true, {{finding.span, ""}}};
  analysis.report(std::move(finding));
}

/// A rule that the solver is asked about.
struct Question {
  ir::RuleRef rule;
  ir::Fate later;  ///< what its packets would meet
  Outcome differs = Outcome::kUnknown;
};

/// Nothing when there is no need to ask.
std::optional<Question> question(Analysis& analysis, const CheckInfo& info, ir::Family family, ir::RuleRef ref) {
  FamilyContext& context = analysis.context(family);
  const Liveness& liveness = analysis.liveness(family);
  const RuleLife& life = liveness.of(ref);
  const ir::Rule& rule = *analysis.ruleset().rule(ref);
  if (life.life != Life::kAlive || !is_judged(rule) || is_managed(analysis.ruleset(), ref)) return std::nullopt;
  if (asks_something_uncertain(context, ref, life)) return std::nullopt;
  if (analysis.out_of_time()) {
    analysis.undecided(info, ref, "the time limit of the whole analysis was reached");
    return std::nullopt;
  }
  const auto later = same_without(context, ref, life);
  if (!later) return std::nullopt;
  // Of two equal rules the second is reported as shadowed; one finding is enough.
  const bool is_rule = analysis.ruleset().rule(later->decided_by) != nullptr;
  if (is_rule && liveness.of(later->decided_by).life == Life::kShadowed) return std::nullopt;
  return Question{ref, *later};
}

void judge(Analysis& analysis, const CheckInfo& info, ir::Family family) {
  std::vector<Question> questions;
  for (std::size_t c = 0; c < analysis.ruleset().chains.size(); ++c)
    for (std::size_t i = 0; i < analysis.ruleset().chains[c].rules.size(); ++i) {
      const ir::RuleRef ref{ir::ChainId{static_cast<std::uint32_t>(c)}, static_cast<std::uint32_t>(i)};
      if (auto asked = question(analysis, info, family, ref)) questions.push_back(*asked);
    }
  std::vector<char> late(questions.size(), 0);
  analysis.lanes(family).ask(questions.size(), [&](FamilyContext& context, std::size_t i) {
    if (analysis.out_of_time()) {
      late[i] = 1;
      return;
    }
    context.solver.begin(context.walk.differs_without(questions[i].rule));
    questions[i].differs = context.solver.check();
    context.solver.end();
  });
  for (std::size_t i = 0; i < questions.size(); ++i) {
    const Question& asked = questions[i];
    if (asked.differs == Outcome::kUnsat)
      report(analysis, info, asked.rule, analysis.liveness(family).of(asked.rule), asked.later);
    if (asked.differs == Outcome::kUnknown)
      analysis.undecided(info, asked.rule,
                         late[i] != 0 ? "the time limit of the whole analysis was reached"
                                      : "the solver gave up within its time limit");
  }
}

void run(Analysis& analysis, const CheckInfo& info) {
  for (const ir::Family family : analysis.families()) judge(analysis, info, family);
}

}  // namespace

const Check kRedundantRule = {
    {"NF102", "redundant-rule", Level::kWarning, "a rule whose packets meet the same verdict without it"}, run};

}  // namespace nfproof::analyzer
