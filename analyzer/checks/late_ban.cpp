// SPDX-License-Identifier: Apache-2.0
// What it finds
//
// Rules that refuse everything from some sources, and stand behind a rule that accepts a service from everybody: for
// that service the ban does nothing. It is a warning when no rule behind the ban accepts anything (then the ban does
// nothing at all that the policy does not do), and information otherwise. One finding for each chain.
//
// Why it matters
//
// "I blocked that address, and it still gets in." The first rule that matches decides; bans that are appended with `-A`
// come last.
//
// Example
//
//     *filter
//     :INPUT DROP [0:0]
//     -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
//     -A INPUT -p tcp -m multiport --dports 22,443 -j ACCEPT
//     -A INPUT -s 203.0.113.66/32 -j DROP
//     COMMIT
//
// Use instead
//
//     *filter
//     :INPUT DROP [0:0]
//     -A INPUT -s 203.0.113.66/32 -j DROP
//     -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
//     -A INPUT -p tcp -m multiport --dports 22,443 -j ACCEPT
//     COMMIT
//
// Witness
//
// A new connection from a banned source that is accepted.
//
// How it is proved
//
// By the witness.
//
// When the fix is safe
//
// Never: moving the ban up refuses what was accepted, which is its purpose.
#include <algorithm>

#include "analyzer/checks/check.h"
#include "analyzer/checks/managed.h"
#include "analyzer/checks/public_side.h"
#include "analyzer/checks/rule_facts.h"

namespace nfproof::analyzer {
namespace {

using ir::RuleRef;

/// The first address of those that a rule bans, when it tests nothing else.
std::optional<ir::u128> banned(const ir::Ruleset& ruleset, const ir::Rule& rule) {
  if (!refuses(rule.verdict.kind) || rule.when.size() != 1) return std::nullopt;
  const auto* source = source_test(ruleset, rule);
  if (source == nullptr || source->negated || source->values.intervals() == nullptr) return std::nullopt;
  return source->values.intervals()->empty() ? std::nullopt : std::optional(source->values.intervals()->front().lo);
}

/// Lets strangers open connections to a service.
bool serves_everybody(const ir::Ruleset& ruleset, const ir::Rule& rule) {
  return rule.verdict.kind == ir::VerdictKind::kAccept && source_test(ruleset, rule) == nullptr &&
         (states_of(ruleset, rule) & state_bit(ir::CtState::kNew)) != 0 && !named_ports(ruleset, rule).empty() &&
         !is_uncertain(ruleset, rule);
}

bool accepts_new(const ir::Ruleset& ruleset, const ir::Rule& rule) {
  return (rule.verdict.kind == ir::VerdictKind::kAccept || calls(rule.verdict.kind)) &&
         (states_of(ruleset, rule) & state_bit(ir::CtState::kNew)) != 0;
}

/// The packet that shows the service alive, from the banned address: is it still accepted by that rule?
std::optional<Witness> gets_in(Analysis& analysis, ir::Family family, RuleRef service, ir::u128 source) {
  const RuleLife& life = analysis.liveness(family).of(service);
  if (life.life != Life::kAlive || !life.packet) return std::nullopt;
  FamilyContext& context = analysis.context(family);
  ir::Packet packet = life.packet->packet;
  if (packet.ct_state() != ir::CtState::kNew) return std::nullopt;
  packet.set(packet.source_field(), source);
  for (const ir::FieldId field :
       {ir::FieldId::kCtOrigSaddr, ir::FieldId::kCtReplDaddr, ir::FieldId::kCtOrigSaddr6, ir::FieldId::kCtReplDaddr6})
    packet.clear(field);
  context.maker.complete(packet, false);
  WalkRequest request;
  request.base = life.base;
  request.choices = life.packet->choices;
  const WalkResult result = context.concrete.walk(packet, request);
  if (result.exhausted || result.fate.decided_by != service) return std::nullopt;
  WitnessClaim claim;
  claim.base = life.base;
  claim.fate = result.fate;
  claim.choices = life.packet->choices;
  return Witness{packet, std::move(claim)};
}

struct Bans {
  std::vector<RuleRef> rules;
  ir::u128 first = 0;
  bool last = true;  ///< nothing behind them lets anybody in
};

Bans bans_after(const Analysis& analysis, ir::ChainId id, std::uint32_t service) {
  const ir::Ruleset& ruleset = analysis.ruleset();
  const auto& rules = ruleset.chain(id).rules;
  Bans bans;
  for (std::uint32_t i = service + 1; i < rules.size(); ++i) {
    const RuleRef ref{id, i};
    if (const auto address = banned(ruleset, rules[i]); address && !is_managed(ruleset, ref)) {
      if (bans.rules.empty()) bans.first = *address;
      bans.rules.push_back(ref);
      bans.last = true;
    } else if (accepts_new(ruleset, rules[i])) {
      bans.last = false;
    }
  }
  return bans;
}

void look_at(Analysis& analysis, const CheckInfo& info, ir::Family family, ir::ChainId id) {
  const ir::Ruleset& ruleset = analysis.ruleset();
  const auto& rules = ruleset.chain(id).rules;
  const auto service =
      std::find_if(rules.begin(), rules.end(), [&](const ir::Rule& rule) { return serves_everybody(ruleset, rule); });
  if (service == rules.end()) return;
  const RuleRef accepts{id, static_cast<std::uint32_t>(service - rules.begin())};
  const Bans bans = bans_after(analysis, id, accepts.index);
  if (bans.rules.empty()) return;
  auto witness = gets_in(analysis, family, accepts, bans.first);
  if (!witness) return;
  const std::size_t count = bans.rules.size();
  Finding finding =
      analysis.at_rule(info, bans.rules.front(),
                       (count == 1 ? "this ban comes" : "this ban and " + std::to_string(count - 1) + " more come") +
                           " after " + analysis.place_name(accepts) + ", which accepts `" +
                           port_text(named_ports(ruleset, *service).front()) + "` from everybody");
  const bool open_policy = ruleset.chain(id).base && ruleset.chain(id).base->policy == ir::VerdictKind::kAccept;
  if (open_policy || !bans.last) finding.level = Level::kInfo;
  finding.because.push_back(analysis.because(accepts, "accepts this packet from a banned source"));
  finding.witness = std::move(witness);
  finding.proved = true;
  analysis.report(std::move(finding));
}

void run(Analysis& analysis, const CheckInfo& info) {
  for (const ir::Family family : analysis.families())
    for (const Way way : {Way::kIn, Way::kThrough})
      if (const auto chain = analysis.paths(family).filter_chain(way)) look_at(analysis, info, family, *chain);
}

}  // namespace

const Check kLateBan = {{"NF108", "late-ban", Level::kWarning, "a ban that comes after a service is open to all"}, run};

}  // namespace nfproof::analyzer
