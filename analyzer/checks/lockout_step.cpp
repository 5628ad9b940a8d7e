// SPDX-License-Identifier: Apache-2.0
// What it finds
//
// A command of a script after which the administrator (`--admin`, by default `tcp dport 22`) is locked out: he can open
// no connection, his open sessions die, or the answers to him cannot leave. It is found also when a later command makes
// it good again (then it is a warning, else an error). iptables-restore puts its tables in place one after the other,
// each at its COMMIT: what lies between two tables is looked at, too.
//
// Why it matters
//
// A script that is run over the connection that it cuts does not come to its end: the terminal freezes at
// `-P INPUT DROP`, and the rule that would accept the session stands ten lines further down.
//
// Example
//
//     #!/bin/sh
//     iptables -F
//     iptables -P INPUT DROP
//     iptables -A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
//     iptables -A INPUT -p tcp --dport 22 -j ACCEPT
//
// Use instead
//
//     #!/bin/sh
//     iptables -P INPUT ACCEPT
//     iptables -F
//     iptables -A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
//     iptables -A INPUT -p tcp --dport 22 -j ACCEPT
//     iptables -P INPUT DROP
//
// Witness
//
// A packet of the administrator's, and the rule or policy that refuses it in the ruleset as it is after the command.
//
// How it is proved
//
// The ruleset is analysed after each command that changes it, as NF201, NF202 and NF203 do it.
//
// When the fix is safe
//
// There is no automatic fix.
#include "analyzer/checks/analysis.h"
#include "analyzer/checks/check.h"

namespace nfproof::analyzer {
namespace {

void run(Analysis& analysis, const CheckInfo& info) {
  for (Finding finding : analysis.options().lost_on_the_way) {
    finding.id = info.id;
    finding.name = info.name;
    analysis.report(std::move(finding));
  }
}

}  // namespace

const Check kLockoutStep = {
    {"NF210", "lockout-step", Level::kError, "a command of a script that locks the administrator out"}, run};

}  // namespace nfproof::analyzer
