// SPDX-License-Identifier: Apache-2.0
// What it finds
//
// Matches and targets that newer ones have replaced: `-m state` (by `-m conntrack`), `NOTRACK` (by `CT --notrack`),
// `ULOG` (by `NFLOG`), `CLUSTERIP` (by `-m cluster`). One finding for each of them and each family. What programs wrote
// is left alone.
//
// Why it matters
//
// They print a warning or are gone in newer kernels and versions of iptables, and a ruleset that does not load protects
// nothing.
//
// Example
//
//     *filter
//     :INPUT DROP [0:0]
//     -A INPUT -m state --state RELATED,ESTABLISHED -j ACCEPT
//     COMMIT
//
// Use instead
//
//     *filter
//     :INPUT DROP [0:0]
//     -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
//     COMMIT
//
// Witness
//
// None is needed.
//
// How it is proved
//
// By the names of the modules.
//
// When the fix is safe
//
// `-m state --state` and `-m conntrack --ctstate` mean the same, and so do `NOTRACK` and `CT --notrack`.
#include <array>
#include <map>

#include "analyzer/checks/check.h"
#include "analyzer/checks/managed.h"
#include "analyzer/checks/rule_facts.h"

namespace nfproof::analyzer {
namespace {

struct Row {
  std::string_view module;
  bool target;
  std::string_view written;
  std::string_view instead;
};

constexpr std::array kRows = {
    Row{"state", false, "-m state", "-m conntrack --ctstate"},
    Row{"NOTRACK", true, "-j NOTRACK", "-j CT --notrack"},
    Row{"ULOG", true, "-j ULOG", "-j NFLOG"},
    Row{"CLUSTERIP", true, "-j CLUSTERIP", "-m cluster"},
};

bool uses(const ir::Rule& rule, const Row& row) {
  if (row.target) return rule.target && rule.target->name == row.module;
  for (const ir::ModuleUse& match : rule.matches)
    if (match.name == row.module) return true;
  return false;
}

void run(Analysis& analysis, const CheckInfo& info) {
  for (const ir::Family family : analysis.families())
    for (const Row& row : kRows) {
      std::optional<ir::RuleRef> first;
      std::size_t count = 0;
      for_each_rule(analysis, family, [&](ir::RuleRef ref, const ir::Rule& rule) {
        if (!uses(rule, row) || is_managed(analysis.ruleset(), ref)) return;
        if (count++ == 0) first = ref;
      });
      if (!first) continue;
      Finding finding =
          analysis.at_rule(info, *first,
                           "`" + std::string(row.written) + "` is deprecated: write `" + std::string(row.instead) +
                               "`" + (count == 1 ? "" : " (in " + std::to_string(count) + " rules)"));
      finding.proved = true;
      analysis.report(std::move(finding));
    }
}

}  // namespace

const Check kDeprecatedModule = {
    {"NF501", "deprecated-module", Level::kInfo, "matches and targets that newer ones have replaced"}, run};

}  // namespace nfproof::analyzer
