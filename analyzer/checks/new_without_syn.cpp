// SPDX-License-Identifier: Apache-2.0
// What it finds
//
// A rule that accepts TCP connections which begin without a SYN although a rule behind it in the same chain is to drop
// them. When the check is selected by name, also rules that accept them where nothing drops them (information).
//
// Why it matters
//
// To connection tracking the first packet that it sees of a connection is NEW, whatever its flags: an ACK is picked up
// as a connection whose beginning was missed. Scans use that.
//
// Example
//
//     *filter
//     :INPUT DROP [0:0]
//     -A INPUT -i lo -j ACCEPT
//     -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
//     -A INPUT -p tcp -m conntrack --ctstate NEW -m tcp --dport 443 -j ACCEPT
//     -A INPUT -p tcp -m tcp ! --tcp-flags FIN,SYN,RST,ACK SYN -m conntrack --ctstate NEW -j DROP
//     -A INPUT -p tcp -m conntrack --ctstate NEW -m tcp --dport 22 -j ACCEPT
//     COMMIT
//
// Use instead
//
//     *filter
//     :INPUT DROP [0:0]
//     -A INPUT -i lo -j ACCEPT
//     -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
//     -A INPUT -p tcp -m tcp ! --tcp-flags FIN,SYN,RST,ACK SYN -m conntrack --ctstate NEW -j DROP
//     -A INPUT -p tcp -m conntrack --ctstate NEW -m tcp --dport 443 -j ACCEPT
//     -A INPUT -p tcp -m conntrack --ctstate NEW -m tcp --dport 22 -j ACCEPT
//     COMMIT
//
// Witness
//
// An ACK that is NEW and that the rule accepts.
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

namespace nfproof::analyzer {
namespace {

void spoil(ir::Packet& packet) { packet.set(ir::FieldId::kTcpFlags, 0x10); }

bool refuses_without_syn(const ir::Ruleset& ruleset, const ir::Rule& rule) {
  const auto* flags = test_on(ruleset, rule, ir::FieldId::kTcpFlags);
  const bool of_ack = flags != nullptr && flags->values.contains(ir::u128{0x10}) != flags->negated;
  return of_ack && states_of(ruleset, rule) == state_bit(ir::CtState::kNew) && source_test(ruleset, rule) == nullptr &&
         test_on(ruleset, rule, ir::FieldId::kThDport) == nullptr &&
         test_on(ruleset, rule, ir::FieldId::kIifname) == nullptr;
}

void run(Analysis& analysis, const CheckInfo& info) {
  report_sloppy(analysis, info, {spoil, refuses_without_syn, "TCP connections that begin without a SYN"});
}

}  // namespace

const Check kNewWithoutSyn = {{"NF409", "new-without-syn", Level::kWarning,
                               "TCP connections without a SYN that are accepted before they are dropped"},
                              run};

}  // namespace nfproof::analyzer
