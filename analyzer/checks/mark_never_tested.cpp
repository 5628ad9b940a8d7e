// SPDX-License-Identifier: Apache-2.0
// What it finds
//
// A mark that nothing can use: one that is set on packets in INPUT and that no rule tests or saves, or a connection
// mark that no rule tests or restores. Marks that are set elsewhere may serve routing rules (`ip rule fwmark`) or
// traffic control, so nothing is said about them. What programs wrote is left alone.
//
// Why it matters
//
// The rule costs time and says that something is treated specially that is not.
//
// Example
//
//     *mangle
//     :INPUT ACCEPT [0:0]
//     -A INPUT -s 192.0.2.0/24 -j MARK --set-xmark 0x7/0xffffffff
//     COMMIT
//     *filter
//     :INPUT DROP [0:0]
//     -A INPUT -i lo -j ACCEPT
//     -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
//     COMMIT
//
// Use instead
//
//     *mangle
//     :INPUT ACCEPT [0:0]
//     -A INPUT -s 192.0.2.0/24 -j MARK --set-xmark 0x7/0xffffffff
//     COMMIT
//     *filter
//     :INPUT DROP [0:0]
//     -A INPUT -i lo -j ACCEPT
//     -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
//     -A INPUT -m mark --mark 0x7 -j ACCEPT
//     COMMIT
//
// Witness
//
// None is needed: the rules show it.
//
// How it is proved
//
// By collecting all tests of marks in the family, and all rules that copy them.
//
// When the fix is safe
//
// Deleting the rule changes no verdict, but programs on the host can see connection marks, so the fix is only shown.
#include <algorithm>

#include "analyzer/checks/check.h"
#include "analyzer/checks/managed.h"
#include "analyzer/checks/marks.h"

namespace nfproof::analyzer {
namespace {

bool only_input(const MarkUse& use) {
  return !use.hooks.empty() &&
         std::all_of(use.hooks.begin(), use.hooks.end(), [](ir::Hook hook) { return hook == ir::Hook::kInput; });
}

void run(Analysis& analysis, const CheckInfo& info) {
  for (const ir::Family family : analysis.families()) {
    const MarkUses uses = mark_uses(analysis, family);
    if (uses.copied) continue;
    for (const MarkUse& use : uses.set) {
      if (uses.tested_bits[use.of_connection ? 1 : 0] != 0 || is_managed(analysis.ruleset(), use.rule)) continue;
      if (!use.of_connection && !only_input(use)) continue;
      Finding finding =
          analysis.at_rule(info, use.rule,
                           use.of_connection ? "no rule tests or restores a connection mark"
                                             : "a mark that is set in INPUT is of no use: no rule tests one");
      finding.proved = true;
      analysis.report(std::move(finding));
    }
  }
}

}  // namespace

const Check kMarkNeverTested = {{"NF412", "mark-never-tested", Level::kInfo, "a mark that is set and never tested"},
                                run};

}  // namespace nfproof::analyzer
