// SPDX-License-Identifier: Apache-2.0
// What would become of a rule's packets without the rule. From the place behind it a packet either meets the same
// verdict and leaves no trace (no effect, no test that keeps state), or returns to the caller, or fares otherwise. When
// a chain has several callers, the packet must fare the same after each through which it can have come.
#include <algorithm>

#include "analyzer/paths/symbolic_walk.h"
#include "compiler/ir/facts.h"

namespace nfproof::analyzer {
namespace {

using ir::ChainId;
using ir::RuleRef;
using ir::VerdictKind;

std::size_t index(ChainId chain) { return static_cast<std::size_t>(chain); }

bool leaves_trace(const ir::Ruleset& ruleset, const ir::Rule& rule) {
  return !rule.effects.empty() || std::any_of(rule.when.begin(), rule.when.end(), [&](const ir::Condition& condition) {
    return ir::any_part(ruleset.predicates, condition.predicate, ir::answers_by_rule);
  });
}

bool same_verdict(const ir::Verdict& a, const ir::Verdict& b) {
  return a.kind == b.kind && (a.kind != VerdictKind::kReject || a.reject == b.reject) &&
         (a.kind != VerdictKind::kQueue || a == b);
}

}  // namespace

struct SymbolicWalk::Suffixes {
  RuleRef without;  ///< is not there, also when the packet comes back to its chain
  const ir::Verdict* verdict = nullptr;
  const Box* box = nullptr;
  std::vector<std::vector<Rest>> of;                   ///< by chain: from each rule on; empty: not known yet
  std::vector<std::pair<RuleRef, FormulaId>> entries;  ///< calls on the way to the rule
};

/// The tests of a rule without those that keep state.
FormulaId SymbolicWalk::match_at_most(RuleRef ref) {
  std::vector<FormulaId> parts;
  for (const ir::Condition& condition : ruleset_.rule(ref)->when)
    if (!ir::any_part(ruleset_.predicates, condition.predicate, ir::answers_by_rule))
      parts.push_back(encoder_.predicate(condition.predicate, ref));
  return encoder_.pool().all(parts);
}

SymbolicWalk::Rest SymbolicWalk::before_rule(Suffixes& suffixes, RuleRef ref, Rest rest) {
  const ir::Rule& rule = *ruleset_.rule(ref);
  if (ref == suffixes.without || !boxes_.of(ref).meets(*suffixes.box)) return rest;
  FormulaPool& pool = encoder_.pool();
  const FormulaId match = match_at_most(ref);
  const FormulaId passes = pool.negate(match);
  const auto given = [&](FormulaId when_matched, FormulaId otherwise) {
    return pool.either(pool.both(match, when_matched), pool.both(passes, otherwise));
  };
  if (leaves_trace(ruleset_, rule)) return {pool.both(passes, rest.same), pool.both(passes, rest.back)};
  switch (rule.verdict.kind) {
    case VerdictKind::kContinue: return rest;
    case VerdictKind::kAccept:
    case VerdictKind::kDrop:
    case VerdictKind::kReject:
    case VerdictKind::kQueue: {
      const bool same = same_verdict(rule.verdict, *suffixes.verdict);
      return {same ? pool.either(match, rest.same) : pool.both(passes, rest.same), pool.both(passes, rest.back)};
    }
    case VerdictKind::kReturn: return {pool.both(passes, rest.same), pool.either(match, rest.back)};
    case VerdictKind::kJump:
    case VerdictKind::kGoto: break;
  }
  if (!graph_.is_ordered(rule.verdict.chain)) return {kFalse, kFalse};
  const Rest callee = suffixes.of[index(rule.verdict.chain)].front();
  if (rule.verdict.kind == VerdictKind::kGoto) return {given(callee.same, rest.same), given(callee.back, rest.back)};
  return {given(pool.either(callee.same, pool.both(callee.back, rest.same)), rest.same),
          given(pool.both(callee.back, rest.back), rest.back)};
}

const std::vector<SymbolicWalk::Rest>& SymbolicWalk::suffixes_of(Suffixes& suffixes, ChainId first) {
  std::vector<ChainId> todo{first};
  while (!todo.empty()) {
    const ChainId chain = todo.back();
    auto& known = suffixes.of[index(chain)];
    const auto& rules = ruleset_.chain(chain).rules;
    if (!known.empty()) {
      todo.pop_back();
      continue;
    }
    const std::size_t before = todo.size();
    for (std::size_t i = 0; i < rules.size(); ++i) {
      const ir::Verdict& verdict = rules[i].verdict;
      if (verdict.kind != VerdictKind::kJump && verdict.kind != VerdictKind::kGoto) continue;
      if (!suffixes.of[index(verdict.chain)].empty() || !graph_.is_ordered(verdict.chain)) continue;
      if (boxes_.of({chain, static_cast<std::uint32_t>(i)}).meets(*suffixes.box)) todo.push_back(verdict.chain);
    }
    if (todo.size() != before) continue;
    std::vector<Rest> rests(rules.size() + 1);
    for (std::size_t i = rules.size(); i-- > 0;)
      rests[i] = before_rule(suffixes, {chain, static_cast<std::uint32_t>(i)}, rests[i + 1]);
    known = std::move(rests);
    todo.pop_back();
  }
  return suffixes.of[index(first)];
}

FormulaId SymbolicWalk::same_after(Suffixes& suffixes, RuleRef ref) {
  FormulaPool& pool = encoder_.pool();
  // From the top: what happens to packets that come back from a chain.
  std::vector<std::optional<FormulaId>> after(ruleset_.chains.size());
  const auto from = [&](RuleRef place) {
    const Rest rest = suffixes_of(suffixes, place.chain)[place.index];
    return pool.either(rest.same, pool.both(rest.back, after[index(place.chain)].value_or(kFalse)));
  };
  for (const ChainId chain : graph_.ancestors(ref.chain)) {
    if (const auto& base = ruleset_.chain(chain).base) {
      after[index(chain)] = base->policy == suffixes.verdict->kind ? kTrue : kFalse;
      continue;
    }
    std::vector<FormulaId> every;
    for (const auto& [site, entered] : suffixes.entries) {
      const ir::Verdict& call = ruleset_.rule(site)->verdict;
      if (call.chain != chain) continue;
      const bool is_goto = call.kind == VerdictKind::kGoto;
      const FormulaId then = is_goto ? after[index(site.chain)].value_or(kFalse) : from({site.chain, site.index + 1});
      every.push_back(pool.either(pool.negate(entered), then));
    }
    after[index(chain)] = pool.all(every);
  }
  return from({ref.chain, ref.index + 1});
}

FormulaId SymbolicWalk::differs_without(RuleRef ref) {
  FormulaPool& pool = encoder_.pool();
  const Box box = boxes_.of(ref);
  Question question = new_question(box, false);
  Suffixes suffixes;
  suffixes.without = ref;
  suffixes.verdict = &ruleset_.rule(ref)->verdict;
  suffixes.box = &box;
  suffixes.of.resize(ruleset_.chains.size());
  FormulaId taken = kFalse;
  for (const ChainId chain : graph_.ancestors(ref.chain)) {
    auto& entries = question.entries[index(chain)];
    if (ruleset_.chain(chain).base) entries.push_back(encoder_.world(chain));
    const FormulaId entered = pool.any(entries);
    if (entered == kFalse) continue;
    const bool last = chain == ref.chain;
    const auto end = last ? ref.index : static_cast<std::uint32_t>(ruleset_.chain(chain).rules.size());
    const FormulaId here = walk(question, chain, entered, end, [&](RuleRef site, const ir::Rule& rule, FormulaId at) {
      const bool call = rule.verdict.kind == VerdictKind::kJump || rule.verdict.kind == VerdictKind::kGoto;
      if (call) suffixes.entries.emplace_back(site, at);
    });
    if (last) taken = pool.both(here, encoder_.rule(ref));
  }
  return pool.both(taken, pool.negate(same_after(suffixes, ref)));
}

}  // namespace nfproof::analyzer
