// SPDX-License-Identifier: Apache-2.0
// Lockouts: the administrator counts as locked out when no packet of the kind gets through from any other host.
// Access for some networks only is what management networks are for.
#include "analyzer/checks/lockout.h"

#include <algorithm>

namespace nfproof::analyzer {
namespace {

/// Does some ACCEPT rule of the family's filter table name a port of the administrator's? Then somebody meant to let
/// him in.
bool is_mentioned(const Analysis& analysis, ir::Family family, const Access& access) {
  const Structure& structure = analysis.structure();
  Box box;
  for (const ir::PredicateId id : access.when) narrow_by(box, access.pool[id], structure.interfaces);
  for (std::size_t c = 0; c < analysis.ruleset().chains.size(); ++c) {
    const ir::Chain& chain = analysis.ruleset().chains[c];
    const ir::Table& table = analysis.ruleset().table(chain.table);
    if (table.family != family || table.name != "filter") continue;
    for (std::size_t i = 0; i < chain.rules.size(); ++i) {
      const Box& of = structure.boxes.of({ir::ChainId{static_cast<std::uint32_t>(c)}, static_cast<std::uint32_t>(i)});
      const bool names_a_port = (of.used >> Box::kDport & 1U) != 0 || (of.used >> Box::kSport & 1U) != 0;
      if (names_a_port && chain.rules[i].verdict.kind == ir::VerdictKind::kAccept && of.meets(box)) return true;
    }
  }
  return false;
}

std::string_view stops(const ir::Ruleset& ruleset, ir::RuleRef place) {
  if (ruleset.rule(place) == nullptr) return "no rule accepts this packet, and the policy drops it";
  return ruleset.rule(place)->verdict.kind == ir::VerdictKind::kReject ? "rejects this packet" : "drops this packet";
}

void report(Analysis& analysis, const CheckInfo& info, ir::Family family, const Access& access,
            const LockoutQuestion& question, const Refusal& refusal) {
  const ir::RuleRef decided = refusal.witness.claim.fate.decided_by;
  const std::string message = std::string(question.message) + " (`" + access.text + "`)";
  const bool by_rule = analysis.ruleset().rule(decided) != nullptr;
  Finding finding =
      by_rule ? analysis.at_rule(info, decided, message) : analysis.at_chain(info, decided.chain, message);
  if (access.is_default && !is_mentioned(analysis, family, access)) finding.level = Level::kWarning;
  finding.because.push_back(analysis.because(decided, std::string(stops(analysis.ruleset(), decided))));
  finding.witness = refusal.witness;
  finding.proved = true;
  analysis.report(std::move(finding));
}

}  // namespace

void report_lockouts(Analysis& analysis, const CheckInfo& info, const LockoutQuestion& question) {
  for (const ir::Family family : analysis.families()) {
    HookPaths& paths = analysis.paths(family);
    const auto chain = paths.filter_chain(question.way);
    if (!chain) continue;
    for (const Access& admin : analysis.admins(family)) {
      const Access access = question.moment == Moment::kReply ? admin.mirrored() : admin;
      const Outcome outcome = paths.can_pass(access, question.way, question.moment);
      const ir::RuleRef policy{*chain, static_cast<std::uint32_t>(analysis.ruleset().chain(*chain).rules.size())};
      if (outcome == Outcome::kUnknown) analysis.undecided(info, policy, "the solver gave up within its time limit");
      if (outcome != Outcome::kUnsat) continue;
      // Without such a packet at all (a contradictory expression) nobody is locked out.
      if (const auto refusal = paths.example_stopped(access, question.way, question.moment))
        report(analysis, info, family, access, question, *refusal);
    }
  }
}

}  // namespace nfproof::analyzer
