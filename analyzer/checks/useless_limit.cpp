// SPDX-License-Identifier: Apache-2.0
// What it finds
//
// A limit that limits nothing: what exceeds it is accepted by a rule or policy behind it all the same. And a limit the
// wrong way round: a rule that drops packets within the limit and lets the rest pass.
//
// Why it matters
//
// `-m limit` is true as long as the rate is low. An ACCEPT with a limit needs a rule behind it that drops the excess; a
// DROP with a limit drops the first packets of a flood and then lets it in.
//
// Example
//
//     *filter
//     :INPUT ACCEPT [0:0]
//     -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
//     -A INPUT -p tcp -m conntrack --ctstate NEW -m tcp --dport 22 -m limit --limit 3/min -j ACCEPT
//     COMMIT
//
// Use instead
//
//     *filter
//     :INPUT ACCEPT [0:0]
//     -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
//     -A INPUT -p tcp -m conntrack --ctstate NEW -m tcp --dport 22 -m limit --limit 3/min -j ACCEPT
//     -A INPUT -p tcp -m conntrack --ctstate NEW -m tcp --dport 22 -j DROP
//     COMMIT
//
// Witness
//
// A packet beyond the limit, and the rule or policy that accepts it.
//
// How it is proved
//
// For an ACCEPT: no packet that the rule accepts would meet another verdict without it (Z3). For a DROP by the witness.
//
// When the fix is safe
//
// There is no automatic fix.
#include <algorithm>

#include "analyzer/checks/check.h"
#include "analyzer/checks/managed.h"
#include "analyzer/checks/rule_facts.h"

namespace nfproof::analyzer {
namespace {

/// Limits that are true while the rate is low.
std::vector<ir::PredicateId> limits_of(const ir::Ruleset& ruleset, const ir::Rule& rule) {
  std::vector<ir::PredicateId> found;
  for (const ir::Condition& condition : rule.when) {
    const ir::Predicate& predicate = ruleset.predicates[condition.predicate];
    const auto* hash = std::get_if<ir::HashLimit>(&predicate);
    const bool below = hash != nullptr && (hash->mode & ir::HashLimit::kInvert) == 0;
    if (std::holds_alternative<ir::Limit>(predicate) || below) found.push_back(condition.predicate);
  }
  return found;
}

/// What becomes of a packet of the rule when the limit is exceeded; nothing when it is not accepted.
std::optional<Witness> excess(Analysis& analysis, ir::Family family, ir::RuleRef ref, const RuleLife& life,
                              const std::vector<ir::PredicateId>& limits) {
  FamilyContext& context = analysis.context(family);
  std::vector<Choice> choices = life.packet->choices;
  std::erase_if(choices, [&](const Choice& choice) {
    return choice.rule == ref && std::find(limits.begin(), limits.end(), choice.predicate) != limits.end();
  });
  for (const ir::PredicateId limit : limits) choices.push_back({ref, limit, false});
  WalkRequest request;
  request.base = life.base;
  request.choices = choices;
  const WalkResult result = context.concrete.walk(life.packet->packet, request);
  if (result.exhausted || result.fate.verdict != ir::VerdictKind::kAccept) return std::nullopt;
  WitnessClaim claim;
  claim.base = life.base;
  claim.fate = result.fate;
  claim.choices = std::move(choices);
  return Witness{life.packet->packet, std::move(claim)};
}

/// Accepts by another limit are a second step, not a hole.
bool is_limited(const Analysis& analysis, const Witness& witness) {
  const ir::Rule* rule = analysis.ruleset().rule(witness.claim.fate.decided_by);
  return rule != nullptr && is_uncertain(analysis.ruleset(), *rule);
}

void look_at(Analysis& analysis, const CheckInfo& info, ir::Family family, ir::RuleRef ref, const ir::Rule& rule) {
  const bool accepts = rule.verdict.kind == ir::VerdictKind::kAccept;
  if ((!accepts && !refuses(rule.verdict.kind)) || !rule.effects.empty()) return;
  const auto limits = limits_of(analysis.ruleset(), rule);
  if (limits.empty() || is_managed(analysis.ruleset(), ref)) return;
  const RuleLife& life = analysis.liveness(family).of(ref);
  if (life.life != Life::kAlive || !life.packet) return;
  auto witness = excess(analysis, family, ref, life, limits);
  if (!witness || is_limited(analysis, *witness)) return;
  if (accepts) {
    FamilyContext& context = analysis.context(family);
    context.solver.begin(context.walk.differs_without(ref));
    const Outcome outcome = context.solver.check();
    context.solver.end();
    if (outcome == Outcome::kUnknown) analysis.undecided(info, ref, "the solver gave up within its time limit");
    if (outcome != Outcome::kUnsat) return;
  }
  const ir::RuleRef decided = witness->claim.fate.decided_by;
  Finding finding = analysis.at_rule(
      info, ref,
      accepts ? "this limit limits nothing: " + analysis.place_name(decided) + " accepts what exceeds it"
              : "this rule refuses what keeps within the limit, and " + analysis.place_name(decided) +
                    " accepts what exceeds it");
  finding.because.push_back(analysis.because(decided, "accepts the excess"));
  finding.witness = std::move(witness);
  finding.proved = true;
  analysis.report(std::move(finding));
}

void run(Analysis& analysis, const CheckInfo& info) {
  for (const ir::Family family : analysis.families())
    for_each_rule(analysis, family,
                  [&](ir::RuleRef ref, const ir::Rule& rule) { look_at(analysis, info, family, ref, rule); });
}

}  // namespace

const Check kUselessLimit = {
    {"NF109", "useless-limit", Level::kWarning, "a limit whose excess is accepted all the same"}, run};

}  // namespace nfproof::analyzer
