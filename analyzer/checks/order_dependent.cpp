// SPDX-License-Identifier: Apache-2.0
// What it finds
//
// Only when it is selected by name: a rule that accepts what an earlier rule of its chain refuses, or the other way
// round, for some of its packets, where neither of the two is an exception from the other. For those packets the order
// decides. One finding for each rule, with the first such rule before it.
//
// Why it matters
//
// Whoever inserts a rule between such rules, or sorts them, changes what the firewall does without noticing.
//
// Example
//
//     *filter
//     :INPUT DROP [0:0]
//     -A INPUT -s 192.0.2.0/24 -j DROP
//     -A INPUT -p tcp -m tcp --dport 443 -j ACCEPT
//     COMMIT
//
// Use instead
//
//     *filter
//     :INPUT DROP [0:0]
//     -A INPUT ! -s 192.0.2.0/24 -p tcp -m tcp --dport 443 -j ACCEPT
//     COMMIT
//
// Witness
//
// A packet that fits both rules, and the verdict that it meets.
//
// How it is proved
//
// By the witness.
//
// When the fix is safe
//
// There is no automatic fix.
#include "analyzer/checks/check.h"
#include "analyzer/checks/managed.h"
#include "analyzer/checks/rule_facts.h"

namespace nfproof::analyzer {
namespace {

constexpr std::uint32_t kLookBack = 200;

bool decides(const ir::Rule& rule) {
  return rule.verdict.kind == ir::VerdictKind::kAccept || refuses(rule.verdict.kind);
}

/// Does the first hold all of the second, as far as their boxes say?
bool holds(const Box& outer, const Box& inner) {
  for (std::size_t d = 0; d < Box::kDimensions; ++d)
    if (outer.ranges[d].lo > inner.ranges[d].lo || outer.ranges[d].hi < inner.ranges[d].hi) return false;
  return true;
}

/// A packet for both that the earlier rule decides.
std::optional<Witness> packet_of_both(Analysis& analysis, ir::Family family, ir::RuleRef earlier, ir::RuleRef later,
                                      ir::ChainId base) {
  FamilyContext& context = analysis.context(family);
  std::vector<Wish> wishes;
  for (const ir::RuleRef ref : {earlier, later})
    for (const ir::Condition& condition : analysis.ruleset().rule(ref)->when)
      wishes.push_back({condition.predicate, ref, true});
  const auto candidate = context.maker.make(base, wishes, 0);
  if (!candidate) return std::nullopt;
  WalkRequest request;
  request.base = base;
  request.choices = candidate->choices;
  const WalkResult result = context.concrete.walk(candidate->packet, request);
  if (result.exhausted || result.fate.decided_by != earlier) return std::nullopt;
  if (!context.concrete.matches(later, candidate->packet, candidate->choices)) return std::nullopt;
  WitnessClaim claim;
  claim.base = base;
  claim.fate = result.fate;
  claim.fits = later;
  claim.choices = candidate->choices;
  return Witness{candidate->packet, std::move(claim)};
}

void look_at(Analysis& analysis, const CheckInfo& info, ir::Family family, ir::RuleRef later) {
  const ir::Ruleset& ruleset = analysis.ruleset();
  const BoxIndex& boxes = analysis.structure().boxes;
  const RuleLife& life = analysis.liveness(family).of(later);
  if (life.life != Life::kAlive || is_managed(ruleset, later) || !decides(*ruleset.rule(later))) return;
  const bool accepts = ruleset.rule(later)->verdict.kind == ir::VerdictKind::kAccept;
  for (std::uint32_t i = later.index > kLookBack ? later.index - kLookBack : 0; i < later.index; ++i) {
    const ir::RuleRef earlier{later.chain, i};
    const ir::Rule& rule = *ruleset.rule(earlier);
    if (!decides(rule) || accepts == (rule.verdict.kind == ir::VerdictKind::kAccept)) continue;
    const Box& a = boxes.of(earlier);
    const Box& b = boxes.of(later);
    if (!a.meets(b) || holds(a, b) || holds(b, a)) continue;
    auto witness = packet_of_both(analysis, family, earlier, later, life.base);
    if (!witness) continue;
    Finding finding = analysis.at_rule(
        info, later, "for some packets the order of this rule and " + analysis.place_name(earlier) + " decides");
    finding.because.push_back(analysis.because(earlier, "comes first and decides"));
    finding.witness = std::move(witness);
    finding.proved = true;
    analysis.report(std::move(finding));
    return;
  }
}

void run(Analysis& analysis, const CheckInfo& info) {
  for (const ir::Family family : analysis.families())
    for_each_rule(analysis, family, [&](ir::RuleRef ref, const ir::Rule&) { look_at(analysis, info, family, ref); });
}

}  // namespace

const Check kOrderDependent = {
    {"NF505", "order-dependent", Level::kInfo, "rules whose order decides about some packets (on request)", true}, run};

}  // namespace nfproof::analyzer
