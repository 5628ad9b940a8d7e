// SPDX-License-Identifier: Apache-2.0
// What it finds
//
// The administrator (`--admin`, by default `tcp dport 22`) cannot open a connection to the host from anywhere: whatever
// the source and the interface, some table refuses the first packet. Access from some networks only is no finding. It
// is an error when the administrator was named on the command line or when a rule accepts his port somewhere, else a
// warning: the host may be meant to be managed otherwise.
//
// Why it matters
//
// Loading the ruleset on a remote machine ends in a journey to it. Often there is a rule for the port, but a broader
// DROP stands before it.
//
// Example
//
//     *filter
//     :INPUT DROP [0:0]
//     -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
//     -A INPUT -p tcp -m tcp --dport 1:1023 -j DROP
//     -A INPUT -s 192.0.2.0/24 -p tcp -m tcp --dport 22 -j ACCEPT
//     COMMIT
//
// Use instead
//
//     *filter
//     :INPUT DROP [0:0]
//     -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
//     -A INPUT -s 192.0.2.0/24 -p tcp -m tcp --dport 22 -j ACCEPT
//     -A INPUT -p tcp -m tcp --dport 1:1023 -j DROP
//     COMMIT
//
// Witness
//
// The first packet of such a connection, and the rule or policy that refuses it.
//
// How it is proved
//
// No packet of the kind, from a port that clients use (1024 and above, unless the expression names source ports), with
// state NEW (or UNTRACKED, where raw untracks it) passes raw, mangle, filter and security in PREROUTING and INPUT (Z3).
// Packets that nat gives another destination count as passed. What rules write on the way (marks and the like) is taken
// as unknown.
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
                  {Way::kIn, Moment::kNewConnection, "the administrator can open no connection to this host"});
}

}  // namespace

const Check kLockoutNew = {{"NF201", "lockout-new", Level::kError, "new connections of the administrator are refused"},
                           run};

}  // namespace nfproof::analyzer
