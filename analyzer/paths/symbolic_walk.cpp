// SPDX-License-Identifier: Apache-2.0
// Formulas for getting to a rule, for returning from a chain and for being refused by a base chain.
#include "analyzer/paths/symbolic_walk.h"

#include <algorithm>
#include <array>

namespace nfproof::analyzer {
namespace {

using ir::ChainId;
using ir::RuleRef;
using ir::VerdictKind;

std::size_t index(ChainId chain) { return static_cast<std::size_t>(chain); }

bool calls(const ir::Rule& rule) {
  return rule.verdict.kind == VerdictKind::kJump || rule.verdict.kind == VerdictKind::kGoto;
}

}  // namespace

SymbolicWalk::Question SymbolicWalk::new_question(const Box& box, bool guarded) const {
  Question question;
  question.box = &box;
  question.guarded = guarded;
  question.returns.resize(ruleset_.chains.size());
  question.entries.resize(ruleset_.chains.size());
  return question;
}

FormulaId SymbolicWalk::guarded(Question& question, RuleRef rule, FormulaId match) {
  if (!question.guarded || match == kFalse) return match;
  auto found = guard_variables_.find(rule);
  if (found == guard_variables_.end()) {
    const VarId variable = encoder_.pool().add_bool("guard");
    found = guard_variables_.emplace(rule, std::pair{variable, encoder_.pool().boolean(variable)}).first;
  }
  question.guards.push_back({found->second.first, rule});
  return encoder_.pool().both(match, found->second.second);
}

FormulaId SymbolicWalk::compute_returns(Question& question, ChainId chain) {
  FormulaPool& pool = encoder_.pool();
  const auto& rules = ruleset_.chain(chain).rules;
  FormulaId rest = kTrue;
  for (std::size_t i = rules.size(); i-- > 0;) {
    const RuleRef ref{chain, static_cast<std::uint32_t>(i)};
    const ir::Rule& rule = rules[i];
    if (rule.verdict.kind == VerdictKind::kContinue || !boxes_.of(ref).meets(*question.box)) continue;
    const FormulaId match = encoder_.rule(ref);
    switch (rule.verdict.kind) {
      case VerdictKind::kContinue: break;
      case VerdictKind::kAccept:
      case VerdictKind::kDrop:
      case VerdictKind::kReject:
      case VerdictKind::kQueue: rest = pool.both(pool.negate(guarded(question, ref, match)), rest); break;
      case VerdictKind::kReturn: rest = pool.either(match, rest); break;
      case VerdictKind::kJump:
        rest = pool.both(pool.either(pool.negate(match), returns(question, rule.verdict.chain)), rest);
        break;
      case VerdictKind::kGoto:
        rest =
            pool.both(pool.either(pool.negate(match), returns(question, rule.verdict.chain)), pool.either(match, rest));
        break;
    }
  }
  return rest;
}

FormulaId SymbolicWalk::returns(Question& question, ChainId chain) {
  return question.returns[index(chain)].value_or(kTrue);  // a chain on a loop: nothing is known to be taken there
}

void SymbolicWalk::find_returns(Question& question, ChainId first) {
  std::vector<ChainId> todo{first};
  while (!todo.empty()) {
    const ChainId chain = todo.back();
    if (question.returns[index(chain)] || !graph_.is_ordered(chain)) {
      todo.pop_back();
      continue;
    }
    const std::size_t before = todo.size();
    const auto& rules = ruleset_.chain(chain).rules;
    for (std::size_t i = 0; i < rules.size(); ++i) {
      if (!calls(rules[i]) || question.returns[index(rules[i].verdict.chain)]) continue;
      if (!graph_.is_ordered(rules[i].verdict.chain)) continue;
      if (boxes_.of({chain, static_cast<std::uint32_t>(i)}).meets(*question.box))
        todo.push_back(rules[i].verdict.chain);
    }
    if (todo.size() != before) continue;
    question.returns[index(chain)] = compute_returns(question, chain);
    todo.pop_back();
  }
}

FormulaId SymbolicWalk::take_away(Question& question, RuleRef ref, const ir::Rule& rule, FormulaId match) {
  FormulaPool& pool = encoder_.pool();
  switch (rule.verdict.kind) {
    case VerdictKind::kContinue: return kFalse;
    case VerdictKind::kAccept:
    case VerdictKind::kDrop:
    case VerdictKind::kReject:
    case VerdictKind::kQueue:
    case VerdictKind::kReturn:
    case VerdictKind::kGoto: return guarded(question, ref, match);
    case VerdictKind::kJump:
      find_returns(question, rule.verdict.chain);
      return pool.both(match, pool.negate(returns(question, rule.verdict.chain)));
  }
  return kFalse;
}

FormulaId SymbolicWalk::walk(Question& question, ChainId chain, FormulaId entered, std::uint32_t end,
                             const Visit& visit) {
  FormulaPool& pool = encoder_.pool();
  std::vector<FormulaId> live{entered};
  const auto here_and = [&](FormulaId match) {
    const FormulaId folded = pool.all(live);
    live.assign(1, folded);
    return pool.both(folded, match);
  };
  const auto& rules = ruleset_.chain(chain).rules;
  for (std::uint32_t i = 0; i < end; ++i) {
    const RuleRef ref{chain, i};
    if (!boxes_.of(ref).meets(*question.box)) continue;
    const ir::Rule& rule = rules[i];
    const FormulaId match = encoder_.rule(ref);
    if (calls(rule)) question.entries[index(rule.verdict.chain)].push_back(here_and(match));
    if (visit) visit(ref, rule, here_and(match));
    const FormulaId taken = take_away(question, ref, rule, match);
    if (taken != kFalse) live.push_back(pool.negate(taken));
    if (taken == kTrue) break;
  }
  return pool.all(live);
}

SymbolicWalk::Reach SymbolicWalk::reach(RuleRef rule) {
  FormulaPool& pool = encoder_.pool();
  const Box box = boxes_.of(rule);
  Question question = new_question(box, true);
  Reach result;
  for (const ChainId chain : graph_.ancestors(rule.chain)) {
    auto& entries = question.entries[index(chain)];
    if (ruleset_.chain(chain).base) entries.push_back(encoder_.world(chain));
    const FormulaId entered = pool.any(entries);
    if (entered == kFalse) continue;
    const bool last = chain == rule.chain;
    const auto end = last ? rule.index : static_cast<std::uint32_t>(ruleset_.chain(chain).rules.size());
    const FormulaId here = walk(question, chain, entered, end, nullptr);
    if (last) result.formula = pool.both(here, encoder_.rule(rule));
  }
  result.guards = std::move(question.guards);
  std::sort(result.guards.begin(), result.guards.end(), [](const Guard& a, const Guard& b) { return a.rule < b.rule; });
  const auto same = [](const Guard& a, const Guard& b) { return a.rule == b.rule; };
  result.guards.erase(std::unique(result.guards.begin(), result.guards.end(), same), result.guards.end());
  return result;
}

std::vector<ChainId> SymbolicWalk::descendants(ChainId base) const {
  std::vector<ChainId> found;
  for (const ChainId chain : graph_.order()) {
    const auto& above = graph_.ancestors(chain);
    if (std::find(above.begin(), above.end(), base) != above.end()) found.push_back(chain);
  }
  return found;
}

FormulaId SymbolicWalk::policy_reached(Question& question, ChainId base, const std::vector<ChainId>& chains,
                                       const Visit& visit) {
  FormulaPool& pool = encoder_.pool();
  std::vector<FormulaId> returned;  // RETURN in the base chain leads to its policy
  FormulaId past_last = kFalse;
  for (const ChainId chain : chains) {
    auto& entries = question.entries[index(chain)];
    if (chain == base) entries.push_back(question.of_another_hook ? kTrue : encoder_.world(chain));
    const FormulaId entered = pool.any(entries);
    if (entered == kFalse) continue;
    const auto end = static_cast<std::uint32_t>(ruleset_.chain(chain).rules.size());
    const FormulaId past = walk(question, chain, entered, end, [&](RuleRef ref, const ir::Rule& rule, FormulaId at) {
      if (chain == base && rule.verdict.kind == VerdictKind::kReturn) returned.push_back(at);
      if (chain == base && rule.verdict.kind == VerdictKind::kGoto) {
        find_returns(question, rule.verdict.chain);
        returned.push_back(pool.both(at, returns(question, rule.verdict.chain)));
      }
      visit(ref, rule, at);
    });
    if (chain == base) past_last = past;
  }
  returned.push_back(past_last);
  return pool.any(returned);
}

FormulaId SymbolicWalk::reach_any(ChainId base, const Box& box, const Wanted& wanted) {
  Question question = new_question(box, false);
  std::vector<FormulaId> found;
  policy_reached(question, base, descendants(base), [&](RuleRef ref, const ir::Rule& rule, FormulaId at) {
    if (wanted(ref, rule)) found.push_back(at);
  });
  return encoder_.pool().any(found);
}

FormulaId SymbolicWalk::refused(ChainId base, const Box& box) {
  Question question = new_question(box, false);
  return refused(question, base);
}

FormulaId SymbolicWalk::refused_before(ChainId base) {
  const Box anything;
  Question question = new_question(anything, false);
  question.of_another_hook = true;
  return refused(question, base);
}

FormulaId SymbolicWalk::refused(Question& question, ChainId base) {
  std::vector<FormulaId> found;
  const FormulaId policy =
      policy_reached(question, base, descendants(base), [&](RuleRef, const ir::Rule& rule, FormulaId at) {
        if (rule.verdict.kind == VerdictKind::kDrop || rule.verdict.kind == VerdictKind::kReject) found.push_back(at);
      });
  if (ruleset_.chain(base).base->policy == VerdictKind::kDrop) found.push_back(policy);
  return encoder_.pool().any(found);
}

}  // namespace nfproof::analyzer
