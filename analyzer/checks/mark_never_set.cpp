// SPDX-License-Identifier: Apache-2.0
// What it finds
//
// A test for a mark with bits that no rule sets. It is information where packets may come with a mark from elsewhere:
// in OUTPUT and POSTROUTING from a program (`SO_MARK`). What programs wrote is left alone.
//
// Why it matters
//
// The rule never matches: the rule that marked was deleted, or the two spell the mark differently.
//
// Example
//
//     *mangle
//     :PREROUTING ACCEPT [0:0]
//     -A PREROUTING -i eth1 -j MARK --set-xmark 0x1/0xffffffff
//     COMMIT
//     *filter
//     :FORWARD DROP [0:0]
//     -A FORWARD -m mark --mark 0x2 -j ACCEPT
//     COMMIT
//
// Use instead
//
//     *mangle
//     :PREROUTING ACCEPT [0:0]
//     -A PREROUTING -i eth1 -j MARK --set-xmark 0x1/0xffffffff
//     COMMIT
//     *filter
//     :FORWARD DROP [0:0]
//     -A FORWARD -m mark --mark 0x1 -j ACCEPT
//     COMMIT
//
// Witness
//
// None: nothing in the ruleset makes such a packet.
//
// How it is proved
//
// By collecting all bits that rules of the family set. Nothing is said when marks are copied from connections or sets.
//
// When the fix is safe
//
// There is no automatic fix.
#include <algorithm>

#include "analyzer/checks/check.h"
#include "analyzer/checks/managed.h"
#include "analyzer/checks/marks.h"

namespace nfproof::analyzer {
namespace {

void run(Analysis& analysis, const CheckInfo& info) {
  for (const ir::Family family : analysis.families()) {
    const MarkUses uses = mark_uses(analysis, family);
    if (uses.copied) continue;
    for (const MarkUse& use : uses.tested) {
      const bool set = (use.bits & ~uses.set_bits[use.of_connection ? 1 : 0]) == 0;
      if (set || is_managed(analysis.ruleset(), use.rule)) continue;
      Finding finding =
          analysis.at_rule(info, use.rule,
                           std::string("no rule sets the ") + (use.of_connection ? "connection mark" : "mark") +
                               " that this one asks for");
      const bool leaving = std::any_of(use.hooks.begin(), use.hooks.end(), [](ir::Hook hook) {
        return hook == ir::Hook::kOutput || hook == ir::Hook::kPostrouting;
      });
      if (leaving && !use.of_connection) finding.level = Level::kInfo;
      finding.proved = true;
      analysis.report(std::move(finding));
    }
  }
}

}  // namespace

const Check kMarkNeverSet = {{"NF411", "mark-never-set", Level::kWarning, "a test for a mark that no rule sets"}, run};

}  // namespace nfproof::analyzer
