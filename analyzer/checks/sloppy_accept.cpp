// SPDX-License-Identifier: Apache-2.0
// Sends spoiled packets to the ports that rules accept.
#include "analyzer/checks/sloppy_accept.h"

#include <algorithm>

#include "analyzer/checks/managed.h"
#include "analyzer/checks/rule_facts.h"

namespace nfproof::analyzer {
namespace {

constexpr std::size_t kMostRules = 200;

/// The rule that accepts the packet, when one does.
std::optional<Witness> accepted_by_rule(Analysis& analysis, const ir::Packet& packet, Way way) {
  HookPaths& paths = analysis.paths(packet.family);
  const Candidate candidate{packet, analysis.everyday_choices()};
  if (paths.walk(candidate, way)) return std::nullopt;
  WalkRequest request;
  request.base = *paths.filter_chain(way);
  request.choices = candidate.choices;
  const WalkResult result = paths.context().concrete.walk(packet, request);
  if (result.exhausted || analysis.ruleset().rule(result.fate.decided_by) == nullptr) return std::nullopt;
  WitnessClaim claim;
  claim.base = request.base;
  claim.fate = result.fate;
  claim.choices = candidate.choices;
  return Witness{packet, std::move(claim)};
}

std::optional<ir::RuleRef> refuser_behind(const Analysis& analysis, ir::RuleRef accepts, const SloppyKind& kind) {
  const auto& rules = analysis.ruleset().chain(accepts.chain).rules;
  for (std::size_t i = accepts.index + 1; i < rules.size(); ++i)
    if (refuses(rules[i].verdict.kind) && kind.refuses(analysis.ruleset(), rules[i]))
      return ir::RuleRef{accepts.chain, static_cast<std::uint32_t>(i)};
  return std::nullopt;
}

/// A rule for a service. One that accepts all that comes by an interface means all.
bool is_wanted(const Analysis& analysis, ir::RuleRef ref, const ir::Rule& rule) {
  return rule.verdict.kind == ir::VerdictKind::kAccept && !named_ports(analysis.ruleset(), rule).empty() &&
         !is_managed(analysis.ruleset(), ref);
}

void report(Analysis& analysis, const CheckInfo& info, Witness witness, std::optional<ir::RuleRef> behind,
            const SloppyKind& kind) {
  const ir::RuleRef accepts = witness.claim.fate.decided_by;
  Finding finding = analysis.at_rule(
      info, accepts,
      "this rule accepts " + std::string(kind.packets) +
          (behind ? " before " + analysis.place_name(*behind) + " refuses them" : ", and no rule before refuses them"));
  if (!behind) finding.level = Level::kInfo;
  finding.because.push_back(analysis.because(accepts, "accepts this packet"));
  if (behind) finding.because.push_back(analysis.because(*behind, "is to refuse such packets"));
  finding.witness = std::move(witness);
  finding.proved = true;
  analysis.report(std::move(finding));
}

/// One finding for each chain is enough: moving one rule cures all.
void look_at(Analysis& analysis, const CheckInfo& info, ir::Family family, Way way, const SloppyKind& kind) {
  const auto base = analysis.paths(family).filter_chain(way);
  if (!base) return;
  std::size_t asked = 0;
  for (const ir::ChainId chain : chains_below(analysis, *base)) {
    const auto& rules = analysis.ruleset().chain(chain).rules;
    const bool any = analysis.is_asked_for(info) || std::any_of(rules.begin(), rules.end(), [&](const ir::Rule& rule) {
                       return refuses(rule.verdict.kind) && kind.refuses(analysis.ruleset(), rule);
                     });
    if (!any) continue;
    for (std::size_t i = 0; i < rules.size() && asked < kMostRules; ++i) {
      const ir::RuleRef ref{chain, static_cast<std::uint32_t>(i)};
      if (!is_wanted(analysis, ref, rules[i])) continue;
      const RuleLife& life = analysis.liveness(family).of(ref);
      if (life.life != Life::kAlive || !life.packet) continue;
      ir::Packet packet = life.packet->packet;
      if (packet.protocol() != ir::kProtoTcp || packet.ct_state() != ir::CtState::kNew) continue;
      ++asked;
      kind.spoil(packet);
      auto witness = accepted_by_rule(analysis, packet, way);
      if (!witness || witness->claim.fate.decided_by.chain != chain) continue;
      const auto behind = refuser_behind(analysis, witness->claim.fate.decided_by, kind);
      if (!behind && !analysis.is_asked_for(info)) continue;
      report(analysis, info, std::move(*witness), behind, kind);
      return;
    }
  }
}

}  // namespace

void report_sloppy(Analysis& analysis, const CheckInfo& info, const SloppyKind& kind) {
  for (const ir::Family family : analysis.families())
    for (const Way way : {Way::kIn, Way::kThrough}) look_at(analysis, info, family, way, kind);
}

}  // namespace nfproof::analyzer
