// SPDX-License-Identifier: Apache-2.0
// What it finds
//
// The host's answers to the administrator (`--admin`, by default `tcp dport 22`) cannot leave: some table refuses them
// in OUTPUT or POSTROUTING.
//
// Why it matters
//
// INPUT looks right and yet nobody gets in: the host receives the first packet and its answer is dropped. It happens
// when the OUTPUT policy is DROP and only connections of the host itself are accepted.
//
// Example
//
//     *filter
//     :INPUT DROP [0:0]
//     :OUTPUT DROP [0:0]
//     -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
//     -A INPUT -p tcp -m tcp --dport 22 -j ACCEPT
//     -A OUTPUT -m conntrack --ctstate NEW -p tcp -m multiport --dports 80,443 -j ACCEPT
//     COMMIT
//
// Use instead
//
//     *filter
//     :INPUT DROP [0:0]
//     :OUTPUT DROP [0:0]
//     -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
//     -A INPUT -p tcp -m tcp --dport 22 -j ACCEPT
//     -A OUTPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
//     -A OUTPUT -m conntrack --ctstate NEW -p tcp -m multiport --dports 80,443 -j ACCEPT
//     COMMIT
//
// Witness
//
// An answer of the host, and the rule or policy that refuses it.
//
// How it is proved
//
// No packet with source and destination of the expression exchanged, to a port that clients use (1024 and above, unless
// the expression names source ports), in reply direction with state ESTABLISHED (or untracked, where raw untracks it),
// passes raw, mangle, filter and security in OUTPUT and POSTROUTING (Z3).
//
// When the fix is safe
//
// There is no automatic fix.
#include "analyzer/checks/check.h"
#include "analyzer/checks/lockout.h"

namespace nfproof::analyzer {
namespace {

void run(Analysis& analysis, const CheckInfo& info) {
  report_lockouts(analysis, info, {Way::kOut, Moment::kReply, "answers to the administrator cannot leave this host"});
}

}  // namespace

const Check kLockoutReplies = {{"NF202", "lockout-replies", Level::kError, "answers to the administrator cannot leave"},
                               run};

}  // namespace nfproof::analyzer
