// SPDX-License-Identifier: Apache-2.0
// What it finds
//
// A rule that accepts INVALID packets although a rule behind it in the same chain is to drop them. When the check is
// selected by name, also rules that accept them where nothing drops them at all (information).
//
// Why it matters
//
// A rule that accepts a port without asking for the state accepts every packet to it, also those that belong to no
// connection: scans with odd flags, and answers that address translation does not recognise and lets out unchanged.
//
// Example
//
//     *filter
//     :INPUT DROP [0:0]
//     -A INPUT -i lo -j ACCEPT
//     -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
//     -A INPUT -p tcp -m tcp --dport 443 -j ACCEPT
//     -A INPUT -m conntrack --ctstate INVALID -j DROP
//     -A INPUT -p tcp -m tcp --dport 22 -j ACCEPT
//     COMMIT
//
// Use instead
//
//     *filter
//     :INPUT DROP [0:0]
//     -A INPUT -i lo -j ACCEPT
//     -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
//     -A INPUT -m conntrack --ctstate INVALID -j DROP
//     -A INPUT -p tcp -m tcp --dport 443 -j ACCEPT
//     -A INPUT -p tcp -m tcp --dport 22 -j ACCEPT
//     COMMIT
//
// Witness
//
// An INVALID packet that the rule accepts.
//
// How it is proved
//
// By the witness.
//
// When the fix is safe
//
// Moving the rule that drops them up refuses packets that were accepted; that is the purpose.
#include "analyzer/checks/check.h"
#include "analyzer/checks/rule_facts.h"
#include "analyzer/checks/sloppy_accept.h"
#include "compiler/ir/facts.h"

namespace nfproof::analyzer {
namespace {

void spoil(ir::Packet& packet) {
  ir::clear_connection(packet);
  packet.set(ir::FieldId::kCtState, static_cast<ir::u128>(ir::CtState::kInvalid));
  packet.set(ir::FieldId::kTcpFlags, 0x12);  // SYN,ACK without a SYN before
}

bool refuses_invalid(const ir::Ruleset& ruleset, const ir::Rule& rule) {
  return states_of(ruleset, rule) == state_bit(ir::CtState::kInvalid) && rule.when.size() == 1;
}

void run(Analysis& analysis, const CheckInfo& info) {
  report_sloppy(analysis, info, {spoil, refuses_invalid, "INVALID packets"});
}

}  // namespace

const Check kInvalidAccepted = {
    {"NF404", "invalid-accepted", Level::kWarning, "INVALID packets that are accepted before they are dropped"}, run};

}  // namespace nfproof::analyzer
