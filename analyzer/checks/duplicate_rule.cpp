// SPDX-License-Identifier: Apache-2.0
// What it finds
//
// A rule that stands twice in a chain and does its work twice: it logs, marks or counts again, or jumps to the same
// chain again. (A second rule that accepts or drops the same packets never matches; that is NF101.) Rules with limits
// and the like are left alone, and so is what programs wrote.
//
// Why it matters
//
// Scripts that are run again without deleting first add everything once more. The log shows each packet twice.
//
// Example
//
//     *filter
//     :INPUT DROP [0:0]
//     -A INPUT -p tcp -m tcp --dport 23 -j LOG --log-prefix "telnet: "
//     -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
//     -A INPUT -p tcp -m tcp --dport 23 -j LOG --log-prefix "telnet: "
//     COMMIT
//
// Use instead
//
//     *filter
//     :INPUT DROP [0:0]
//     -A INPUT -p tcp -m tcp --dport 23 -j LOG --log-prefix "telnet: "
//     -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
//     COMMIT
//
// Witness
//
// None is needed: the rules show it.
//
// How it is proved
//
// Both rules have the same tests and do the same, and no rule in between rewrites what they test.
//
// When the fix is safe
//
// Deleting the second rule changes no verdict, but log and counters change, so the fix is only shown.
#include <algorithm>
#include <map>
#include <vector>

#include "analyzer/checks/check.h"
#include "analyzer/checks/managed.h"
#include "analyzer/checks/rule_facts.h"
#include "compiler/ir/rule_text.h"

namespace nfproof::analyzer {
namespace {

/// Tests in their order, and the target as it was written, where rules have one.
std::string identity(const ir::Rule& rule) {
  std::string text;
  for (const ir::Condition& condition : rule.when)
    text += std::to_string(static_cast<std::uint32_t>(condition.predicate)) + ' ';
  ir::append_rule_target(text, rule);
  return text;
}

bool works_on(const ir::Rule& rule) {
  return rule.verdict.kind == ir::VerdictKind::kContinue || rule.verdict.kind == ir::VerdictKind::kJump;
}

void look_at(Analysis& analysis, const CheckInfo& info, ir::Family family, ir::ChainId id) {
  const ir::Ruleset& ruleset = analysis.ruleset();
  const auto& rules = ruleset.chain(id).rules;
  const Encoder& encoder = analysis.context(family).encoder;
  std::map<std::string, std::vector<std::uint32_t>> seen;
  for (std::uint32_t i = 0; i < rules.size(); ++i) {
    const ir::RuleRef ref{id, i};
    if (!works_on(rules[i]) || is_uncertain(ruleset, rules[i]) || is_managed(ruleset, ref)) continue;
    std::vector<std::uint32_t>& alike = seen[identity(rules[i])];
    const auto first = std::find_if(alike.begin(), alike.end(), [&](std::uint32_t earlier) {
      return rules[earlier].effects == rules[i].effects && rules[earlier].verdict == rules[i].verdict;
    });
    if (first == alike.end()) {
      alike.push_back(i);
      continue;
    }
    if (encoder.reads_rewritten(ref)) continue;
    if (analysis.liveness(family).of(ref).life != Life::kAlive) continue;
    const ir::RuleRef before{id, *first};
    Finding finding = analysis.at_rule(info, ref, "this rule repeats " + analysis.place_name(before));
    finding.level = rules[i].effects.empty() ? Level::kInfo : Level::kWarning;
    finding.because.push_back(analysis.because(before, "does the same"));
    finding.proved = true;
    finding.fix = Fix{"delete the rule", false, {}};
    analysis.report(std::move(finding));
  }
}

void run(Analysis& analysis, const CheckInfo& info) {
  for (std::size_t c = 0; c < analysis.ruleset().chains.size(); ++c) {
    const ir::ChainId id{static_cast<std::uint32_t>(c)};
    const ir::Family family = analysis.ruleset().table_of(id).family;
    if (family != ir::Family::kInet) look_at(analysis, info, family, id);
  }
}

}  // namespace

const Check kDuplicateRule = {{"NF107", "duplicate-rule", Level::kWarning, "a rule that does its work twice"}, run};

}  // namespace nfproof::analyzer
