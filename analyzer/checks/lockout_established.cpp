// SPDX-License-Identifier: Apache-2.0
// What it finds
//
// Open sessions of the administrator (`--admin`, by default `tcp dport 22`) die when the ruleset is loaded: packets of
// established connections are refused on their way in.
//
// Why it matters
//
// `-P INPUT DROP`, and the terminal freezes. The rule that accepts ESTABLISHED packets is missing, or a rule before it
// refuses them.
//
// Example
//
//     *filter
//     :INPUT DROP [0:0]
//     -A INPUT -i lo -j ACCEPT
//     -A INPUT -p tcp -m conntrack --ctstate NEW -m tcp --dport 22 -j ACCEPT
//     COMMIT
//
// Use instead
//
//     *filter
//     :INPUT DROP [0:0]
//     -A INPUT -i lo -j ACCEPT
//     -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
//     -A INPUT -p tcp -m conntrack --ctstate NEW -m tcp --dport 22 -j ACCEPT
//     COMMIT
//
// Witness
//
// A packet of an established session, and the rule or policy that refuses it.
//
// How it is proved
//
// No packet of the kind, from a port that clients use (1024 and above, unless the expression names source ports), with
// state ESTABLISHED (or untracked, where raw untracks it) passes raw, mangle, filter and security in PREROUTING and
// INPUT (Z3).
//
// When the fix is safe
//
// There is no automatic fix.
#include "analyzer/checks/check.h"
#include "analyzer/checks/lockout.h"

namespace nfproof::analyzer {
namespace {

void run(Analysis& analysis, const CheckInfo& info) {
  report_lockouts(analysis, info,
                  {Way::kIn, Moment::kEstablished, "open sessions of the administrator die with this ruleset"});
}

}  // namespace

const Check kLockoutEstablished = {
    {"NF203", "lockout-established", Level::kError, "open sessions of the administrator would die"}, run};

}  // namespace nfproof::analyzer
