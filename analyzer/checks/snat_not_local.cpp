// SPDX-License-Identifier: Apache-2.0
// What it finds
//
// When the host is known (`--addr`): SNAT to an address that no interface of it has.
//
// Why it matters
//
// The packets leave, and the answers go to whoever has the address. Mostly the address of the line has changed and the
// rule has not.
//
// Example
//
//     # address: eth0 203.0.113.10/24
//     # address: eth1 192.168.1.1/24
//     *nat
//     :POSTROUTING ACCEPT [0:0]
//     -A POSTROUTING -s 192.168.1.0/24 -o eth0 -j SNAT --to-source 203.0.113.99
//     COMMIT
//
// Use instead
//
//     # address: eth0 203.0.113.10/24
//     # address: eth1 192.168.1.1/24
//     *nat
//     :POSTROUTING ACCEPT [0:0]
//     -A POSTROUTING -s 192.168.1.0/24 -o eth0 -j SNAT --to-source 203.0.113.10
//     COMMIT
//
// Witness
//
// None is needed: the rule and the addresses show it.
//
// How it is proved
//
// By comparing the address with those of the interfaces. An address that a provider routes to the host without an
// interface for it is the exception: there the finding can be ignored.
//
// When the fix is safe
//
// There is no automatic fix.
#include <algorithm>

#include "analyzer/checks/check.h"
#include "analyzer/checks/managed.h"
#include "analyzer/checks/rule_facts.h"

namespace nfproof::analyzer {
namespace {

bool has_one_of(const ir::Host& host, ir::Family family, const ir::Interval& addresses) {
  return std::any_of(host.interfaces.begin(), host.interfaces.end(), [&](const ir::Interface& interface) {
    return std::any_of(interface.addresses.begin(), interface.addresses.end(), [&](const ir::InterfaceAddress& own) {
      return own.family == family && own.address >= addresses.lo && own.address <= addresses.hi;
    });
  });
}

void run(Analysis& analysis, const CheckInfo& info) {
  const ir::Host* host = analysis.options().host;
  if (host == nullptr || host->assumed) return;
  for (const ir::Family family : analysis.families())
    for_each_rule(analysis, family, [&](ir::RuleRef ref, const ir::Rule& rule) {
      const auto* nat = effect_of<ir::Nat>(rule);
      if (nat == nullptr || nat->kind != ir::Nat::Kind::kSnat || !nat->addresses) return;
      if (is_managed(analysis.ruleset(), ref) || has_one_of(*host, family, *nat->addresses)) return;
      Finding finding =
          analysis.at_rule(info, ref,
                           "no interface of this host has the address " +
                               ir::format_address(nat->addresses->lo, family) + ": answers do not come back");
      finding.proved = true;
      analysis.report(std::move(finding));
    });
}

}  // namespace

const Check kSnatNotLocal = {
    {"NF407", "snat-not-local", Level::kWarning, "SNAT to an address that the host does not have"}, run};

}  // namespace nfproof::analyzer
