// SPDX-License-Identifier: Apache-2.0
// Lockouts: the administrator counts as locked out when no packet of the kind gets through from any other host.
// Access for some networks only is what management networks are for.
#include "analyzer/checks/lockout.h"

#include <algorithm>

namespace nfproof::analyzer {
namespace {

/// Does some ACCEPT rule of the family's filter table, or a jump that leads to it, name a port of the administrator's?
/// Then somebody meant to let him in.
bool is_mentioned(const Analysis& analysis, ir::Family family, const Access& access) {
  const Structure& structure = analysis.structure();
  const ir::Ruleset& ruleset = analysis.ruleset();
  Box box;
  for (const ir::PredicateId id : access.when) narrow_by(box, access.pool[id], structure.interfaces);
  std::vector<bool> by_port(ruleset.chains.size(), false);  // a jump that names the port leads there
  for (const ir::ChainId id : structure.graph.order()) {    // callers come first
    if (ruleset.table_of(id).family != family || !ruleset.filters(id)) continue;
    const bool inherited = by_port[static_cast<std::size_t>(id)];
    const auto& rules = ruleset.chain(id).rules;
    for (std::size_t i = 0; i < rules.size(); ++i) {
      const Box& of = structure.boxes.of({id, static_cast<std::uint32_t>(i)});
      const bool names_a_port = (of.used >> Box::kDport & 1U) != 0 || (of.used >> Box::kSport & 1U) != 0;
      if (!(names_a_port || inherited) || !of.meets(box)) continue;
      const ir::Verdict& verdict = rules[i].verdict;
      if (verdict.kind == ir::VerdictKind::kAccept) return true;
      const bool calls = verdict.kind == ir::VerdictKind::kJump || verdict.kind == ir::VerdictKind::kGoto;
      if (calls) by_port[static_cast<std::size_t>(verdict.chain)] = true;
    }
  }
  return false;
}

std::string_view stops(const ir::Ruleset& ruleset, ir::RuleRef place) {
  if (ruleset.rule(place) == nullptr) return "drops it, as no rule before accepts it";
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
      const Access client = admin.from_client_ports();
      const Access access = question.moment == Moment::kReply ? client.mirrored() : client;
      const Outcome outcome = paths.can_pass(access, question.way, question.moment);
      const ir::RuleRef policy{*chain, static_cast<std::uint32_t>(analysis.ruleset().chain(*chain).rules.size())};
      if (outcome == Outcome::kUnknown) analysis.undecided(info, policy, "the solver gave up within its time limit");
      if (outcome != Outcome::kUnsat) continue;
      // Without such a packet at all (a contradictory expression) nobody is locked out.
      const auto refusal = paths.example_stopped(access, question.way, question.moment);
      if (!refusal) continue;
      if (refusal->too_long)
        analysis.undecided(info, policy, "a packet makes more calls than are followed");
      else
        report(analysis, info, family, access, question, *refusal);
    }
  }
}

}  // namespace nfproof::analyzer
