// SPDX-License-Identifier: Apache-2.0
// What it finds
//
// When the host is known (`--addr`, `--route`): a rule that trusts source addresses of a network behind one interface,
// and accepts packets with such a source from the interface of the default route as well.
//
// Why it matters
//
// A source address proves nothing. Answers to a forged one go elsewhere, but a single UDP packet is enough for many
// services. The kernel's reverse path filter (`rp_filter`) drops such packets where it is on; then the finding only
// says that the ruleset relies on it. Rulesets with `-m rpfilter` are left alone.
//
// Example
//
//     # address: eth0 203.0.113.10/24
//     # address: eth1 192.168.1.1/24
//     # route: default eth0
//     *filter
//     :INPUT DROP [0:0]
//     -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
//     -A INPUT -s 192.168.1.0/24 -p udp -m udp --dport 514 -j ACCEPT
//     COMMIT
//
// Use instead
//
//     # address: eth0 203.0.113.10/24
//     # address: eth1 192.168.1.1/24
//     # route: default eth0
//     *filter
//     :INPUT DROP [0:0]
//     -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
//     -A INPUT -s 192.168.1.0/24 -i eth1 -p udp -m udp --dport 514 -j ACCEPT
//     COMMIT
//
// Witness
//
// A packet from the public side with the forged source, accepted by the rule.
//
// How it is proved
//
// By the witness. One rule is shown for each network and the others are counted.
//
// When the fix is safe
//
// There is no automatic fix: naming the interface changes nothing for honest packets, but which one it is cannot be
// read off the rule.
#include <algorithm>

#include "analyzer/checks/check.h"
#include "analyzer/checks/public_side.h"
#include "analyzer/checks/rule_facts.h"

namespace nfproof::analyzer {
namespace {

using ir::u128;

bool filters_reverse_path(const ir::Ruleset& ruleset) {
  for (std::size_t i = 0; i < ruleset.predicates.size(); ++i) {
    const auto* test = std::get_if<ir::FieldTest>(&ruleset.predicates[ir::PredicateId{static_cast<std::uint32_t>(i)}]);
    if (test != nullptr && test->field == ir::FieldId::kReversePath) return true;
  }
  return false;
}

/// A network of the host that is not on the public side, with an address in it that nobody has.
struct Inside {
  std::string interface;
  u128 first = 0;
  u128 last = 0;
};

std::vector<Inside> networks_inside(const ir::Host& host, ir::Family family, const PublicSide& side) {
  std::vector<Inside> found;
  const unsigned bits = ir::address_bits(family);
  for (const ir::Interface& interface : host.interfaces) {
    if (interface.loopback || is_public(side, interface.name)) continue;
    for (const ir::InterfaceAddress& own : interface.addresses) {
      if (own.family != family || own.prefix + 2 > bits || own.prefix == 0) continue;
      const u128 mask = ir::prefix_mask(own.prefix, bits);
      found.push_back({interface.name, own.address & mask, (own.address & mask) | (ir::max_of_bits(bits) & ~mask)});
    }
  }
  return found;
}

/// An address of the network that the rule accepts; nothing when it names none of them.
std::optional<u128> trusted(const Analysis& analysis, ir::Family family, const ir::Rule& rule, const Inside& network) {
  const auto* source = source_test(analysis.ruleset(), rule);
  if (source == nullptr || source->negated || source->values.intervals() == nullptr) return std::nullopt;
  for (const ir::Interval& range : *source->values.intervals()) {
    if (range.lo > network.last || range.hi < network.first) continue;
    const u128 lo = std::max(range.lo, network.first);
    const u128 hi = std::min(range.hi, network.last);
    for (u128 address = lo + (hi - lo) / 2; address <= hi; ++address)
      if (!analysis.options().host->is_local(address, family)) return address;
  }
  return std::nullopt;
}

std::optional<Witness> forged(Analysis& analysis, ir::Family family, ir::RuleRef ref, const ir::Rule& rule, u128 source,
                              const std::string& interface) {
  HookPaths& paths = analysis.paths(family);
  Traffic traffic;
  traffic.way = Way::kIn;
  traffic.moment = Moment::kNewConnection;
  traffic.source = source;
  traffic.in = interface;
  const auto ports = named_ports(analysis.ruleset(), rule);
  if (!ports.empty()) {
    traffic.protocol = ports.front().protocol;
    traffic.dport = ports.front().port;
  }
  for (const Candidate& candidate : packets_of(analysis, family, traffic)) {
    if (paths.walk(candidate, Way::kIn)) continue;
    WalkRequest request;
    request.base = *paths.filter_chain(Way::kIn);
    request.choices = candidate.choices;
    const WalkResult result = paths.context().concrete.walk(candidate.packet, request);
    if (result.fate.decided_by != ref || result.fate.verdict != ir::VerdictKind::kAccept) continue;
    WitnessClaim claim;
    claim.base = request.base;
    claim.fate = result.fate;
    claim.choices = candidate.choices;
    return Witness{candidate.packet, std::move(claim)};
  }
  return std::nullopt;
}

void look_at(Analysis& analysis, const CheckInfo& info, ir::Family family, const Inside& network,
             const PublicSide& side) {
  const ir::ChainId input = *analysis.paths(family).filter_chain(Way::kIn);
  std::optional<Finding> finding;
  for (const ir::ChainId chain : chains_below(analysis, input)) {
    const auto& rules = analysis.ruleset().chain(chain).rules;
    for (std::size_t i = 0; i < rules.size(); ++i) {
      if (rules[i].verdict.kind != ir::VerdictKind::kAccept) continue;
      const auto source = trusted(analysis, family, rules[i], network);
      if (!source) continue;
      const ir::RuleRef ref{chain, static_cast<std::uint32_t>(i)};
      auto witness = forged(analysis, family, ref, rules[i], *source, side.interfaces.front());
      if (!witness) continue;
      if (finding) {
        finding->because.push_back(analysis.because(ref, "trusts the source as well"));
        continue;
      }
      finding = analysis.at_rule(info, ref,
                                 "this rule trusts sources behind `" + network.interface + "` and accepts them from `" +
                                     side.interfaces.front() + "`, too: only `rp_filter` keeps forged ones out");
      finding->witness = std::move(witness);
      finding->proved = true;
    }
  }
  if (finding) analysis.report(std::move(*finding));
}

void run(Analysis& analysis, const CheckInfo& info) {
  const ir::Host* host = analysis.options().host;
  if (host == nullptr || host->assumed || filters_reverse_path(analysis.ruleset())) return;
  for (const ir::Family family : analysis.families()) {
    const PublicSide& side = public_side(analysis, family);
    if (!side.known || !analysis.paths(family).filter_chain(Way::kIn)) continue;
    for (const Inside& network : networks_inside(*host, family, side)) look_at(analysis, info, family, network, side);
  }
}

}  // namespace

const Check kSpoofedSource = {
    {"NF307", "spoofed-source", Level::kInfo, "a rule that trusts sources which may be forged"}, run};

}  // namespace nfproof::analyzer
