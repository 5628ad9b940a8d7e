// SPDX-License-Identifier: Apache-2.0
// Trying packets: straight to the rule first, then around whatever took them.
#include "analyzer/paths/prober.h"

#include <algorithm>
#include <array>

namespace nfproof::analyzer {
namespace {

using ir::ChainId;
using ir::RuleRef;
using ir::VerdictKind;

constexpr unsigned kVariants = 3;  // first choices of values
constexpr unsigned kDetours = 12;  // rules that a packet tries to avoid

/// Does every value that passes the one test pass the other? Says no where it is not plain to see.
bool implies(const ir::FieldTest& narrow, const ir::FieldTest& wide) {
  if (narrow.field != wide.field || narrow.argument != wide.argument) return false;
  if (narrow == wide) return true;
  const auto* inner = narrow.values.intervals();
  const auto* outer = wide.values.intervals();
  if (narrow.negated || wide.negated || inner == nullptr || outer == nullptr) return false;
  return std::all_of(inner->begin(), inner->end(), [&](const ir::Interval& in) {
    return std::any_of(outer->begin(), outer->end(),
                       [&](const ir::Interval& out) { return out.lo <= in.lo && in.hi <= out.hi; });
  });
}

}  // namespace

Prober::Prober(const Structure& structure, const Encoder& encoder)
    : ruleset_(structure.ruleset),
      encoder_(encoder),
      concrete_(structure.ruleset, structure.host, structure.boxes, structure.interfaces),
      maker_(structure.ruleset, encoder.family(), structure.host, structure.interfaces) {}

void Prober::add_wishes(RuleRef rule, std::vector<Wish>& wishes) const {
  for (const ir::Condition& condition : ruleset_.rule(rule)->when) wishes.push_back({condition.predicate, rule, true});
}

bool Prober::probe(RuleRef rule, const std::vector<ChainWay>& ways, RuleLife& life) {
  for (unsigned variant = 0; variant < kVariants; ++variant)
    for (const ChainWay& way : ways)
      if (try_way(rule, way, variant, life)) return true;
  return false;
}

bool Prober::try_way(RuleRef rule, const ChainWay& way, unsigned variant, RuleLife& life) {
  std::vector<Wish> wishes;
  for (const RuleRef site : way.sites) add_wishes(site, wishes);
  add_wishes(rule, wishes);
  auto candidate = maker_.make(way.base, wishes, variant);
  if (!candidate) return false;
  for (unsigned detour = 0; detour < kDetours; ++detour) {
    WalkRequest request;
    request.base = way.base;
    request.choices = candidate->choices;
    request.target = rule;
    request.path = way.sites;
    ++packets_walked_;
    const WalkResult result = concrete_.walk(candidate->packet, request);
    if (result.reached) {
      life.life = Life::kAlive;
      life.base = way.base;
      life.packet = std::move(*candidate);
      return true;
    }
    if (!result.exhausted && shadowed_by_one(rule, result.fate.decided_by, way.base, *candidate, life)) return true;
    if (!avoid(result.blame, way.base, wishes, variant, *candidate)) return false;
  }
  return false;
}

/// Each test of the one rule follows from a test of the other, so whatever matches this matches that.
bool Prober::covered(RuleRef rule, RuleRef by) const {
  if (encoder_.reads_rewritten(rule) || encoder_.reads_rewritten(by)) return false;
  const auto test_of = [&](const ir::Condition& condition) {
    return std::get_if<ir::FieldTest>(&ruleset_.predicates[condition.predicate]);
  };
  const auto& tests = ruleset_.rule(rule)->when;
  const auto& wanted = ruleset_.rule(by)->when;
  return std::all_of(wanted.begin(), wanted.end(), [&](const ir::Condition& condition) {
    const ir::FieldTest* wide = test_of(condition);
    return wide != nullptr && std::any_of(tests.begin(), tests.end(), [&](const ir::Condition& each) {
             const ir::FieldTest* narrow = test_of(each);
             return narrow != nullptr && implies(*narrow, *wide);
           });
  });
}

/// One rule before it in its chain takes everything: no solver is needed. The packet shows it, because it would get to
/// the rule if the other were not there.
bool Prober::shadowed_by_one(RuleRef rule, RuleRef by, ChainId base, const Candidate& candidate, RuleLife& life) {
  const ir::Rule* taker = ruleset_.rule(by);
  const ir::Rule& dead = *ruleset_.rule(rule);
  const bool before = taker != nullptr && by.chain == rule.chain && by.index < rule.index;
  if (!before || !decides(*taker) || !decides(dead) || !dead.effects.empty() || !covered(rule, by)) return false;
  const std::array out{by};
  WalkRequest request;
  request.base = base;
  request.choices = candidate.choices;
  request.target = rule;
  request.disabled = out;
  ++packets_walked_;
  if (!concrete_.walk(candidate.packet, request).reached) return false;
  life.life = Life::kShadowed;
  life.takers = {by};
  life.base = base;
  life.packet = candidate;
  life.would_be = dead.verdict.kind;
  life.differs = !same_kind_of_fate(taker->verdict.kind, dead.verdict.kind);
  return true;
}

/// Wishes one test of the blamed rules away.
bool Prober::avoid(const std::vector<RuleRef>& blame, ChainId base, std::vector<Wish>& wishes, unsigned variant,
                   Candidate& candidate) const {
  for (const RuleRef rule : blame) {
    const ir::Rule* taker = ruleset_.rule(rule);
    if (taker == nullptr) continue;
    for (auto condition = taker->when.rbegin(); condition != taker->when.rend(); ++condition) {
      wishes.push_back({condition->predicate, rule, false});
      if (auto made = maker_.make(base, wishes, variant)) {
        candidate = std::move(*made);
        return true;
      }
      wishes.pop_back();
    }
  }
  return false;
}

}  // namespace nfproof::analyzer
