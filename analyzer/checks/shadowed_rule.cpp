// SPDX-License-Identifier: Apache-2.0
// What it finds
//
// A rule that never matches, because every packet that could match it is taken by rules before it: accepted, dropped,
// or sent back to the calling chain. All ways to a chain count, and several rules together may take what none of them
// takes alone. It is an error when packets would meet another fate at the rule, a warning when they would not (or when
// no such packet could be made), and information about rules that programs write (Docker, Kubernetes, Neutron...) and
// about an unconditional RETURN at the end of a chain.
//
// Why it matters
//
// Somebody wrote the rule for a reason. When its verdict differs from what really happens, the firewall does the
// opposite of what the file seems to say: a network that was to be blocked gets in, a service that was to be offered
// is refused, a LOG rule that stands behind the DROP never logs.
//
// Example
//
//     *filter
//     :INPUT DROP [0:0]
//     -A INPUT -p tcp -m multiport --dports 80,443 -j ACCEPT
//     -A INPUT -s 198.51.100.0/25 -p tcp -m tcp --dport 443 -j DROP
//     COMMIT
//
// Use instead
//
//     *filter
//     :INPUT DROP [0:0]
//     -A INPUT -s 198.51.100.0/25 -p tcp -m tcp --dport 443 -j DROP
//     -A INPUT -p tcp -m multiport --dports 80,443 -j ACCEPT
//     COMMIT
//
// Witness
//
// A packet that fits all tests of the rule, with the verdict that it really meets and the rule that decides. There is
// none when the rule's packets depend on answers that only the running kernel knows.
//
// How it is proved
//
// The condition for getting to the rule, by all jumps that lead to its chain from all hooks, together with the rule's
// own tests has no solution (Z3, bit-vectors). The rules that are named are a smallest set in this sense: without any
// one of them the proof fails. Complete packet headers are assumed. Limits, statistics and matches without semantics
// may answer anything; fields that rules rewrite on the way count as unknown.
//
// When the fix is safe
//
// Deleting the rule changes nothing, so it is safe when the verdict is the same. When it differs, the rule was meant to
// do something: it should rather be moved before the rules that are named, and only its author knows that.
#include <algorithm>

#include "analyzer/checks/analysis.h"
#include "analyzer/checks/check.h"
#include "analyzer/checks/managed.h"
#include "analyzer/checks/rule_facts.h"

namespace nfproof::analyzer {
namespace {

std::string_view does(ir::VerdictKind kind) {
  switch (kind) {
    case ir::VerdictKind::kAccept: return "accepts these packets";
    case ir::VerdictKind::kDrop: return "drops these packets";
    case ir::VerdictKind::kReject: return "rejects these packets";
    case ir::VerdictKind::kQueue: return "queues these packets";
    case ir::VerdictKind::kReturn: return "returns these packets to the calling chain";
    case ir::VerdictKind::kGoto: return "sends these packets elsewhere for good";
    case ir::VerdictKind::kJump:
    case ir::VerdictKind::kContinue: return "takes these packets";
  }
  return "";
}

std::string_view past(ir::VerdictKind kind) {
  switch (kind) {
    case ir::VerdictKind::kAccept: return "accepted";
    case ir::VerdictKind::kDrop: return "dropped";
    case ir::VerdictKind::kReject: return "rejected";
    case ir::VerdictKind::kQueue: return "queued";
    case ir::VerdictKind::kReturn:
    case ir::VerdictKind::kGoto:
    case ir::VerdictKind::kJump:
    case ir::VerdictKind::kContinue: return "taken";
  }
  return "";
}

/// The same tests in the same order, and the same verdict.
bool repeats(const ir::Rule& rule, const ir::Rule& before) {
  const auto same = [](const ir::Condition& a, const ir::Condition& b) { return a.predicate == b.predicate; };
  return rule.verdict == before.verdict && rule.effects == before.effects &&
         std::equal(rule.when.begin(), rule.when.end(), before.when.begin(), before.when.end(), same);
}

std::string message_of(Analysis& analysis, ir::RuleRef ref, const RuleLife& life) {
  std::string message = "this rule never matches: ";
  const bool repeated =
      life.takers.size() == 1 && repeats(*analysis.ruleset().rule(ref), *analysis.ruleset().rule(life.takers.front()));
  if (repeated)
    return message + "it repeats " + analysis.place_name(life.takers.front()) + ", which takes all its packets";
  message += life.takers.size() == 1 ? analysis.place_name(life.takers.front()) + " takes"
                                     : std::to_string(life.takers.size()) + " rules before it take";
  return message + " all its packets";
}

std::string difference(const ir::Rule& rule, const RuleLife& life, ir::VerdictKind real) {
  if (rule.verdict.kind == ir::VerdictKind::kContinue)
    return std::string(", so what it does to them never happens; they are ").append(past(real)).append(" before");
  return std::string(", and they are ").append(past(real)).append(", not ").append(past(life.would_be));
}

/// The end of a called chain in words: it would do nothing if packets got there.
bool ends_its_chain(const ir::Ruleset& ruleset, ir::RuleRef ref) {
  const ir::Chain& chain = ruleset.chain(ref.chain);
  const ir::Rule& rule = chain.rules[ref.index];
  return !chain.base && ref.index + 1 == chain.rules.size() && rule.verdict.kind == ir::VerdictKind::kReturn &&
         matches_everything(ruleset, rule) && rule.effects.empty();
}

void report(Analysis& analysis, const CheckInfo& info, ir::RuleRef ref, const RuleLife& life, FamilyContext& context) {
  const ir::Rule& rule = *analysis.ruleset().rule(ref);
  const bool generated = is_generated(analysis.ruleset(), ref);
  const bool tidiness = ends_its_chain(analysis.ruleset(), ref);
  const bool differs = life.differs && !tidiness;
  Finding finding = analysis.at_rule(info, ref, message_of(analysis, ref, life));
  finding.level = generated || tidiness ? Level::kInfo : differs ? Level::kError : Level::kWarning;
  finding.proved = true;
  for (const ir::RuleRef taker : life.takers)
    finding.because.push_back(analysis.because(taker, std::string(does(analysis.ruleset().rule(taker)->verdict.kind))));
  if (life.packet) {
    WalkRequest request;
    request.base = life.base;
    request.choices = life.packet->choices;
    WitnessClaim claim;
    claim.base = life.base;
    claim.fate = context.concrete.walk(life.packet->packet, request).fate;
    claim.fits = ref;
    claim.choices = life.packet->choices;
    if (differs) finding.message += difference(rule, life, claim.fate.verdict);
    // A packet that fits only after it was rewritten on its way shows nothing to a reader.
    if (!context.encoder.reads_rewritten(ref)) finding.witness = Witness{life.packet->packet, std::move(claim)};
  }
  if (finding.span.is_known() && !generated)
    finding.fix = Fix{differs ? "move the rule before those that take its packets, or delete it" : "delete the rule",
                      !differs, differs ? std::vector<Edit>{} : std::vector<Edit>{{finding.span, ""}}};
  analysis.report(std::move(finding));
}

void run(Analysis& analysis, const CheckInfo& info) {
  for (const ir::Family family : analysis.families()) {
    const Liveness& liveness = analysis.liveness(family);
    for (std::size_t c = 0; c < analysis.ruleset().chains.size(); ++c)
      for (std::size_t i = 0; i < analysis.ruleset().chains[c].rules.size(); ++i) {
        const ir::RuleRef ref{ir::ChainId{static_cast<std::uint32_t>(c)}, static_cast<std::uint32_t>(i)};
        const RuleLife& life = liveness.of(ref);
        if (life.life == Life::kShadowed) report(analysis, info, ref, life, analysis.context(family));
        if (life.life == Life::kUndecided) analysis.undecided(info, ref, life.reason);
        const bool ours = analysis.ruleset().table_of(ref.chain).family == family;
        if (ours && life.life == Life::kNotAsked) analysis.undecided(info, ref, "its chain is on a loop of jumps");
      }
  }
}

}  // namespace

const Check kShadowedRule = {
    {"NF101", "shadowed-rule", Level::kError, "a rule that never matches because earlier rules take all its packets"},
    run};

}  // namespace nfproof::analyzer
