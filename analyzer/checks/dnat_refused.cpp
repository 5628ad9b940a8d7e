// SPDX-License-Identifier: Apache-2.0
// What it finds
//
// A DNAT rule to another host whose packets FORWARD refuses, whatever their source: the forwarding does not work. So
// does none of REDIRECT, or of DNAT to an address of this host, when INPUT refuses what becomes of the packets. Rules
// that programs wrote are left alone.
//
// Why it matters
//
// Forwarding a port takes two rules: one in nat, and one in FORWARD that accepts the packet as it is after the
// translation, with the new address and the new port. What is redirected to this host meets INPUT with the new port.
//
// Example
//
//     *nat
//     :PREROUTING ACCEPT [0:0]
//     -A PREROUTING -i eth0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 192.168.1.20:80
//     COMMIT
//     *filter
//     :FORWARD DROP [0:0]
//     -A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
//     -A FORWARD -d 192.168.1.20/32 -p tcp -m tcp --dport 8080 -j ACCEPT
//     COMMIT
//
// Use instead
//
//     *nat
//     :PREROUTING ACCEPT [0:0]
//     -A PREROUTING -i eth0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 192.168.1.20:80
//     COMMIT
//     *filter
//     :FORWARD DROP [0:0]
//     -A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
//     -A FORWARD -d 192.168.1.20/32 -p tcp -m tcp --dport 80 -j ACCEPT
//     COMMIT
//
// Witness
//
// A translated packet as it enters FORWARD or INPUT, and the rule or policy that refuses it.
//
// How it is proved
//
// No new packet of the rule's protocol, source and interface with the new destination passes mangle, filter and
// security in FORWARD (INPUT) (Z3).
//
// When the fix is safe
//
// Never: accepting more changes what the router does.
#include <algorithm>

#include "analyzer/checks/check.h"
#include "analyzer/checks/managed.h"
#include "analyzer/checks/public_side.h"
#include "analyzer/checks/rule_facts.h"

namespace nfproof::analyzer {
namespace {

using ir::FieldId;

/// The rule's packets behind the translation: what it tests of the rest, and the new destination.
Access translated(const Analysis& analysis, ir::Family family, const ir::Rule& rule, const ir::Nat& nat) {
  Access access;
  const auto demand = [&](const ir::FieldTest& test) { access.when.push_back(access.pool.add(test)); };
  const bool v4 = family == ir::Family::kIpv4;
  for (const FieldId field : {FieldId::kL4Proto, v4 ? FieldId::kIpSaddr : FieldId::kIp6Saddr, FieldId::kIifname})
    if (const auto* test = test_on(analysis.ruleset(), rule, field)) demand(*test);
  if (nat.addresses)
    demand({v4 ? FieldId::kIpDaddr : FieldId::kIp6Daddr, 0, false,
            ir::ValueSet::of_range(nat.addresses->lo, nat.addresses->hi)});
  const auto* old_port = test_on(analysis.ruleset(), rule, FieldId::kThDport);
  if (nat.ports)
    demand({FieldId::kThDport, 0, false, ir::ValueSet::of_range(nat.ports->lo, nat.ports->hi)});
  else if (old_port != nullptr)
    demand({FieldId::kThDport, 0, old_port->negated, old_port->values});
  return access;
}

bool is_local(const Analysis& analysis, ir::Family family, const ir::Nat& nat) {
  const ir::Host* host = analysis.options().host;
  return nat.kind == ir::Nat::Kind::kRedirect || (host != nullptr && host->is_local(nat.addresses->lo, family));
}

/// INPUT, without what the packet met before it was translated.
class Arrival {
 public:
  Arrival(Analysis& analysis, ir::Family family)
      : ruleset_(analysis.ruleset()),
        choices_(analysis.everyday_choices()),
        context_(analysis.paths(family).context()) {
    for (const ir::ChainId chain : ruleset_.base_chains(family, ir::Hook::kInput))
      if (!ruleset_.translates(chain)) chains_.push_back(chain);
  }

  /// What stops a packet.
  [[nodiscard]] std::optional<Witness> stopped(ir::Packet packet) const {
    packet.hook = ir::Hook::kInput;
    for (const ir::ChainId chain : chains_) {
      WalkRequest request;
      request.base = chain;
      request.choices = choices_;
      const WalkResult result = context_.concrete.walk(packet, request);
      if (result.exhausted) return std::nullopt;
      if (refuses(result.fate.verdict)) {
        WitnessClaim claim;
        claim.base = chain;
        claim.fate = result.fate;
        claim.choices = choices_;
        return Witness{packet, std::move(claim)};
      }
      packet = result.packet;
    }
    return std::nullopt;
  }

  /// Can a new packet that was translated, of these fields, get through?
  [[nodiscard]] Outcome can_pass(const Access& access) {
    FormulaPool& pool = context_.encoder.pool();
    const auto test = [&](FieldId field, ir::ValueSet values) {
      return context_.encoder.test({field, 0, false, std::move(values)});
    };
    std::vector<FormulaId> all{test(FieldId::kCtState, ir::ValueSet::of_value(0)),
                               test(FieldId::kCtStatus, ir::ValueSet::of_masks({{ir::kIpsDstNat, ir::kIpsDstNat}}))};
    for (const ir::PredicateId id : access.when)
      all.push_back(context_.encoder.test(std::get<ir::FieldTest>(access.pool[id])));
    for (const ir::ChainId chain : chains_) {
      all.push_back(context_.encoder.world(chain));
      all.push_back(pool.negate(context_.walk.refused(chain, Box())));
    }
    context_.solver.begin(pool.all(all));
    const Outcome outcome = context_.solver.check();
    context_.solver.end();
    return outcome;
  }

 private:
  const ir::Ruleset& ruleset_;
  const std::vector<Choice>& choices_;
  FamilyContext& context_;
  std::vector<ir::ChainId> chains_;
};

std::string port_text(const ir::Nat& nat) {
  if (!nat.ports) return "";
  const std::string first = std::to_string(static_cast<unsigned>(nat.ports->lo));
  return nat.ports->lo == nat.ports->hi
             ? " port " + first
             : " ports " + first + '-' + std::to_string(static_cast<unsigned>(nat.ports->hi));
}

void look_at_local(Analysis& analysis, const CheckInfo& info, ir::Family family, ir::RuleRef ref, const ir::Rule& rule,
                   const ir::Nat& nat, const RuleLife& life) {
  const auto input = analysis.paths(family).filter_chain(Way::kIn);
  if (!input || !analysis.ruleset().chain(*input).declared) return;
  ir::Packet packet = life.packet->packet;
  if (packet.in == "lo") return;
  const auto translation = translate_destination(analysis, packet);
  if (!translation || translation->rule != ref || !translation->local) return;
  Arrival arrival(analysis, family);
  const auto witness = arrival.stopped(translation->packet);
  if (!witness) return;
  const Outcome outcome = arrival.can_pass(translated(analysis, family, rule, nat));
  if (outcome == Outcome::kUnknown) analysis.undecided(info, ref, "the solver gave up within its time limit");
  if (outcome != Outcome::kUnsat) return;
  Finding finding = analysis.at_rule(info, ref, "INPUT refuses what this rule sends to this host" + port_text(nat));
  finding.because.push_back(analysis.because(witness->claim.fate.decided_by, "refuses this packet"));
  finding.witness = *witness;
  finding.proved = true;
  analysis.report(std::move(finding));
}

/// Most forwardings work, and the packet that shows the rule alive shows that.
bool works(Analysis& analysis, ir::Family family, ir::RuleRef ref, const RuleLife& life) {
  ir::Packet packet = life.packet->packet;
  for (const ir::u128 stranger : {packet.source(), strangers(family).front()}) {
    packet.set(packet.source_field(), stranger);
    const auto translation = translate_destination(analysis, packet);
    if (translation && translation->rule == ref && forwarded(analysis, *translation)) return true;
  }
  return false;
}

void look_at(Analysis& analysis, const CheckInfo& info, ir::Family family, ir::RuleRef ref, const ir::Rule& rule) {
  const auto* nat = effect_of<ir::Nat>(rule);
  const bool redirects = nat != nullptr && nat->kind == ir::Nat::Kind::kRedirect;
  if (nat == nullptr || !(redirects || (nat->kind == ir::Nat::Kind::kDnat && nat->addresses))) return;
  const bool loopback = !redirects && family == ir::Family::kIpv4 && nat->addresses->lo >> 24U == 127;
  if (loopback) return;
  if (is_managed(analysis.ruleset(), ref)) return;
  const auto bases = analysis.structure().graph.bases(analysis.ruleset(), ref.chain);
  const bool arriving = std::any_of(bases.begin(), bases.end(), [&](ir::ChainId base) {
    return analysis.ruleset().chain(base).base->hook == ir::Hook::kPrerouting;
  });
  const RuleLife& life = analysis.liveness(family).of(ref);
  if (!arriving || life.life != Life::kAlive || !life.packet) return;
  if (is_local(analysis, family, *nat)) return look_at_local(analysis, info, family, ref, rule, *nat, life);
  const auto forward = analysis.paths(family).filter_chain(Way::kThrough);
  if (!forward || !analysis.ruleset().chain(*forward).declared || works(analysis, family, ref, life)) return;
  HookPaths& paths = analysis.paths(family);
  const Access access = translated(analysis, family, rule, *nat);
  const Outcome outcome = paths.can_pass(access, Way::kThrough, Moment::kTranslated);
  if (outcome == Outcome::kUnknown) analysis.undecided(info, ref, "the solver gave up within its time limit");
  if (outcome != Outcome::kUnsat) return;
  const auto refusal = paths.example_stopped(access, Way::kThrough, Moment::kTranslated);
  if (!refusal || refusal->too_long) return;
  const ir::RuleRef decided = refusal->witness.claim.fate.decided_by;
  Finding finding = analysis.at_rule(
      info, ref, "FORWARD refuses what this rule sends to " + ir::format_address(nat->addresses->lo, family));
  finding.because.push_back(analysis.because(decided, "refuses this packet"));
  finding.witness = refusal->witness;
  finding.proved = true;
  analysis.report(std::move(finding));
}

void run(Analysis& analysis, const CheckInfo& info) {
  for (const ir::Family family : analysis.families()) {
    for_each_rule(analysis, family,
                  [&](ir::RuleRef ref, const ir::Rule& rule) { look_at(analysis, info, family, ref, rule); });
  }
}

}  // namespace

const Check kDnatRefused = {{"NF405", "dnat-refused", Level::kWarning, "a forwarded port that FORWARD refuses"}, run};

}  // namespace nfproof::analyzer
