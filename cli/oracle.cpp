// SPDX-License-Identifier: Apache-2.0
// Replays what a witness is said to do.
#include "cli/oracle.h"

#include "sim/witness.h"

namespace nfproof::cli {
namespace {

using analyzer::WitnessClaim;

std::optional<bool> chosen(const WitnessClaim& claim, ir::RuleRef rule, ir::PredicateId predicate) {
  for (const analyzer::Choice& choice : claim.choices)
    if ((!choice.rule || *choice.rule == rule) && choice.predicate == predicate) return choice.answer;
  return std::nullopt;
}

bool replays(const ir::Ruleset& ruleset, const ir::Host& host, const ir::SetTable* sets, const ir::Packet& packet,
             const WitnessClaim& claim) {
  sim::WitnessOptions options;
  options.sets = sets;
  options.base = claim.base;
  options.choice = [&claim](ir::RuleRef rule, ir::PredicateId predicate) {
    return chosen(claim, rule, predicate).value_or(false);
  };
  const sim::WitnessReplay replay = sim::replay_witness(ruleset, host, packet, options);
  if (!replay.buildable || !replay.fate) return false;
  const bool same_fate = replay.fate->verdict == claim.fate.verdict && replay.fate->decided_by == claim.fate.decided_by;
  if (!same_fate) return false;
  if (claim.reaches && !replay.matched(*claim.reaches)) return false;
  return !claim.fits || sim::rule_fits(ruleset, host, *claim.fits, packet, options).value_or(false);
}

}  // namespace

analyzer::WitnessOracle make_oracle(const ir::Ruleset& ruleset, const ir::Host& host, const ir::SetTable* sets) {
  return [&ruleset, &host, sets](const ir::Packet& packet, const WitnessClaim& claim) {
    return replays(ruleset, host, sets, packet, claim);
  };
}

}  // namespace nfproof::cli
