// SPDX-License-Identifier: Apache-2.0
// What it finds
//
// A rule that accepts private source addresses (10/8, 172.16/12, 192.168/16, fc00::/7) from the public side: the
// interface of the default route, or the one behind which the ruleset hides addresses. Nothing is said when that
// interface has such an address itself.
//
// Why it matters
//
// Nobody on the Internet has such an address. Either the interfaces are mixed up and the rule does not serve those it
// was meant for, or it serves whoever forges the address.
//
// Example
//
//     *nat
//     :POSTROUTING ACCEPT [0:0]
//     -A POSTROUTING -o eth0 -j MASQUERADE
//     COMMIT
//     *filter
//     :INPUT DROP [0:0]
//     -A INPUT -s 192.168.1.0/24 -i eth0 -p tcp -m tcp --dport 22 -j ACCEPT
//     COMMIT
//
// Use instead
//
//     *nat
//     :POSTROUTING ACCEPT [0:0]
//     -A POSTROUTING -o eth0 -j MASQUERADE
//     COMMIT
//     *filter
//     :INPUT DROP [0:0]
//     -A INPUT -s 192.168.1.0/24 -i eth1 -p tcp -m tcp --dport 22 -j ACCEPT
//     COMMIT
//
// Witness
//
// A packet with such a source from the public side that the rule accepts.
//
// How it is proved
//
// By the witness, and by the rule's tests.
//
// When the fix is safe
//
// There is no automatic fix.
#include <algorithm>

#include "analyzer/checks/check.h"
#include "analyzer/checks/managed.h"
#include "analyzer/checks/public_side.h"
#include "analyzer/checks/rule_facts.h"

namespace nfproof::analyzer {
namespace {

using ir::u128;

const std::vector<ir::Interval>& private_ranges(ir::Family family) {
  static const std::vector<ir::Interval> kFour = {
      {0x0A000000, 0x0AFFFFFF}, {0xAC100000, 0xAC1FFFFF}, {0xC0A80000, 0xC0A8FFFF}};
  static const std::vector<ir::Interval> kSix = {{u128{0xfc} << 120U, (u128{0xfe} << 120U) - 1}};
  return family == ir::Family::kIpv4 ? kFour : kSix;
}

bool is_private(ir::Family family, const ir::Interval& range) {
  const auto& all = private_ranges(family);
  return std::any_of(all.begin(), all.end(),
                     [&](const ir::Interval& each) { return range.lo >= each.lo && range.hi <= each.hi; });
}

/// The one interface that the rule names, when it is public.
std::optional<std::string> public_interface(const ir::Ruleset& ruleset, const ir::Rule& rule, const PublicSide& side) {
  const auto* in = test_on(ruleset, rule, ir::FieldId::kIifname);
  if (in == nullptr || in->negated || in->values.interfaces() == nullptr || in->values.interfaces()->size() != 1)
    return std::nullopt;
  const ir::InterfacePattern& pattern = in->values.interfaces()->front();
  if (pattern.wildcard || !is_public(side, pattern.name)) return std::nullopt;
  return pattern.name;
}

/// A router behind another one.
bool has_private_address(const Analysis& analysis, ir::Family family, const std::string& interface) {
  const ir::Host* host = analysis.options().host;
  if (host == nullptr || host->assumed) return false;  // what is assumed was read off such rules
  const ir::Interface* known = host->find_interface(interface);
  return known != nullptr && std::any_of(known->addresses.begin(), known->addresses.end(), [&](const auto& own) {
           return own.family == family && is_private(family, {own.address, own.address});
         });
}

void run(Analysis& analysis, const CheckInfo& info) {
  for (const ir::Family family : analysis.families()) {
    const PublicSide& side = public_side(analysis, family);
    if (!side.known) continue;
    for_each_rule(analysis, family, [&](ir::RuleRef ref, const ir::Rule& rule) {
      if (rule.verdict.kind != ir::VerdictKind::kAccept || !rule.effects.empty()) return;
      if (!analysis.ruleset().filters(ref.chain) || is_managed(analysis.ruleset(), ref)) return;
      const auto* source = source_test(analysis.ruleset(), rule);
      if (source == nullptr || source->negated || source->values.intervals() == nullptr) return;
      const auto& ranges = *source->values.intervals();
      const bool all_private = std::all_of(ranges.begin(), ranges.end(),
                                           [&](const ir::Interval& range) { return is_private(family, range); });
      const auto interface = public_interface(analysis.ruleset(), rule, side);
      if (!all_private || !interface || has_private_address(analysis, family, *interface)) return;
      const RuleLife& life = analysis.liveness(family).of(ref);
      if (life.life != Life::kAlive || !life.packet) return;
      Finding finding = analysis.at_rule(
          info, ref, "this rule accepts private source addresses from the public side (`" + *interface + "`)");
      WitnessClaim claim;
      claim.base = life.base;
      claim.fate = {ir::VerdictKind::kAccept, ref};
      claim.reaches = ref;
      claim.choices = life.packet->choices;
      finding.witness = Witness{life.packet->packet, std::move(claim)};
      finding.proved = true;
      analysis.report(std::move(finding));
    });
  }
}

}  // namespace

const Check kPrivateSourceOutside = {{"NF308", "private-source-outside", Level::kInfo,
                                      "private source addresses that are accepted from the public side"},
                                     run};

}  // namespace nfproof::analyzer
