// SPDX-License-Identifier: Apache-2.0
// What it finds
//
// A rule with a state test although the raw table leaves all packets that it could match untracked (`NOTRACK`,
// `CT --notrack`). Their state is UNTRACKED, so the test is never true.
//
// Why it matters
//
// NOTRACK is set for a busy service to save memory, and the rule that accepts the service as NEW or ESTABLISHED stays
// as it was. The service is then refused by whatever comes behind.
//
// Example
//
//     *raw
//     :PREROUTING ACCEPT [0:0]
//     -A PREROUTING -p udp -m udp --dport 53 -j CT --notrack
//     COMMIT
//     *filter
//     :INPUT DROP [0:0]
//     -A INPUT -i lo -j ACCEPT
//     -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
//     -A INPUT -p udp -m conntrack --ctstate NEW -m udp --dport 53 -j ACCEPT
//     COMMIT
//
// Use instead
//
//     *raw
//     :PREROUTING ACCEPT [0:0]
//     -A PREROUTING -p udp -m udp --dport 53 -j CT --notrack
//     COMMIT
//     *filter
//     :INPUT DROP [0:0]
//     -A INPUT -i lo -j ACCEPT
//     -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
//     -A INPUT -p udp -m conntrack --ctstate NEW,UNTRACKED -m udp --dport 53 -j ACCEPT
//     COMMIT
//
// Witness
//
// None: there is no packet.
//
// How it is proved
//
// The tests of the rule other than that of the state, with the condition that raw does not untrack the packet, have no
// solution (Z3).
//
// When the fix is safe
//
// Never: the rule begins to match.
#include <algorithm>

#include "analyzer/checks/check.h"
#include "analyzer/checks/rule_facts.h"

namespace nfproof::analyzer {
namespace {

std::optional<Way> way_of(const Analysis& analysis, ir::ChainId chain) {
  const auto bases = analysis.structure().graph.bases(analysis.ruleset(), chain);
  if (bases.size() != 1) return std::nullopt;
  switch (analysis.ruleset().chain(bases.front()).base->hook) {
    case ir::Hook::kInput: return Way::kIn;
    case ir::Hook::kOutput: return Way::kOut;
    case ir::Hook::kPrerouting:
    case ir::Hook::kForward:
    case ir::Hook::kPostrouting: return std::nullopt;
  }
  return std::nullopt;
}

std::vector<ir::RuleRef> untracking_rules(const Analysis& analysis, ir::Family family) {
  std::vector<ir::RuleRef> found;
  for_each_rule(analysis, family, [&](ir::RuleRef ref, const ir::Rule& rule) {
    if (effect_of<ir::Notrack>(rule) != nullptr) found.push_back(ref);
  });
  return found;
}

void run(Analysis& analysis, const CheckInfo& info) {
  const ir::Ruleset& ruleset = analysis.ruleset();
  const BoxIndex& boxes = analysis.structure().boxes;
  for (const ir::Family family : analysis.families()) {
    const auto untracking = untracking_rules(analysis, family);
    if (untracking.empty()) continue;
    for_each_rule(analysis, family, [&](ir::RuleRef ref, const ir::Rule& rule) {
      if ((states_of(ruleset, rule) & state_bit(ir::CtState::kUntracked)) != 0) return;
      if (!ruleset.filters(ref.chain)) return;
      const auto way = way_of(analysis, ref.chain);
      const auto blame = std::find_if(untracking.begin(), untracking.end(),
                                      [&](ir::RuleRef raw) { return boxes.of(raw).meets(boxes.of(ref)); });
      if (!way || blame == untracking.end()) return;
      HookPaths& paths = analysis.paths(family);
      const Outcome outcome = paths.can_be_tracked(ref, *way);
      if (outcome == Outcome::kUnknown) analysis.undecided(info, ref, "the solver gave up within its time limit");
      if (outcome != Outcome::kUnsat) return;
      if (analysis.liveness(family).of(ref).life == Life::kContradictory) return;
      Finding finding = analysis.at_rule(
          info, ref, "this rule never matches: raw leaves its packets untracked, and it asks for another state");
      finding.because.push_back(analysis.because(*blame, "leaves packets untracked"));
      finding.proved = true;
      analysis.report(std::move(finding));
    });
  }
}

}  // namespace

const Check kStateAfterNotrack = {
    {"NF403", "state-after-notrack", Level::kWarning, "a state test for packets that raw leaves untracked"}, run};

}  // namespace nfproof::analyzer
