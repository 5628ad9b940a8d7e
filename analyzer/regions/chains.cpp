// SPDX-License-Identifier: Apache-2.0
// Rules, calls and chains.
#include "analyzer/regions/chains.h"

#include <algorithm>

#include "compiler/ir/facts.h"

namespace nfproof::analyzer::regions {

using ir::ChainId;
using ir::RuleRef;
using ir::VerdictKind;

Ref Leaves::of(const Leaf& leaf) {
  const auto [known, fresh] = known_.emplace(leaf, terminal(static_cast<std::uint32_t>(leaves_.size())));
  if (fresh) leaves_.push_back(leaf);
  return known->second;
}

std::string verdict_detail(const ir::Verdict& verdict) {
  if (verdict.kind == VerdictKind::kReject) return std::string(ir::reject_name(verdict.reject));
  if (verdict.kind == VerdictKind::kQueue)
    return "queue " + std::to_string(verdict.queue) + '+' + std::to_string(verdict.more_queues) +
           (verdict.bypass ? " bypass" : "") + (verdict.cpu_fanout ? " fanout" : "");
  return {};
}

namespace {

bool calls(const ir::Rule& rule) {
  return rule.verdict.kind == VerdictKind::kJump || rule.verdict.kind == VerdictKind::kGoto;
}

}  // namespace

Chains::Chains(Predicates& predicates, Effects& effects, Leaves& leaves, Detail detail)
    : predicates_(predicates), effects_(effects), leaves_(leaves), detail_(detail), ruleset_(predicates.ruleset()) {}

/// Callees first, with an explicit stack; a loop of calls is cut (such rulesets are refused when they are read).
void Chains::compute(ChainId start) {
  struct Visit {
    ChainId chain;
    bool expanded;
  };
  const int hook = moment();
  std::vector<Visit> open{{start, false}};
  std::vector<bool> entered(ruleset_.chains.size(), false);
  while (!open.empty()) {
    Visit& visit = open.back();
    const ChainId chain = visit.chain;
    if (done_.contains({chain, hook, within_})) {
      open.pop_back();
      continue;
    }
    if (visit.expanded) {
      open.pop_back();
      done_.emplace(std::tuple{chain, hook, within_}, compose(chain));
      continue;
    }
    visit.expanded = true;
    entered[static_cast<std::size_t>(chain)] = true;
    for (const ir::Rule& rule : ruleset_.chain(chain).rules)
      if (calls(rule) && !entered[static_cast<std::size_t>(rule.verdict.chain)])
        open.push_back({rule.verdict.chain, false});
  }
}

EffectsId Chains::effects_of(RuleRef ref, const ir::Rule& rule) {
  EffectsId all = 0;
  for (const ir::Effect& effect : rule.effects)
    if ((detail_.effects || effects_.touches(effect, hook_)) && !(before_tracking_ && ir::needs_connection(effect)))
      all = effects_.append(all, effects_.one(effect, hook_, predicates_.rule_key(ref)));
  return all;
}

Ref Chains::verdict_of(RuleRef ref, const ir::Rule& rule, EffectsId effects) {
  const std::optional<RuleRef> decider = detail_.deciders ? std::optional(ref) : std::nullopt;
  const auto leaf = [&](Leaf::Kind kind, EffectsId with) { return leaves_.of({.kind = kind, .effects = with}); };
  switch (rule.verdict.kind) {
    case VerdictKind::kContinue: return leaf(Leaf::Kind::kGoesOn, effects);
    case VerdictKind::kReturn: return leaf(Leaf::Kind::kReturns, effects);
    case VerdictKind::kAccept: return leaves_.of({.kind = Leaf::Kind::kEnds, .decider = decider, .effects = effects});
    case VerdictKind::kDrop:
    case VerdictKind::kReject:
    case VerdictKind::kQueue: {
      const EffectsId kept = rule.verdict.kind == VerdictKind::kQueue ? effects : effects_.of_dropped(effects);
      return leaves_.of({Leaf::Kind::kEnds,
                         rule.verdict.kind,
                         decider,
                         detail_.effects ? verdict_detail(rule.verdict) : std::string(),
                         {},
                         kept});
    }
    case VerdictKind::kJump:
    case VerdictKind::kGoto: {
      const auto found = done_.find({rule.verdict.chain, moment(), within_});
      if (found == done_.end()) {
        predicates_.space().note_problem("chains call each other in a loop");
        return leaf(Leaf::Kind::kReturns, effects);
      }
      const Ref callee = rule.verdict.kind == VerdictKind::kJump ? without_return(found->second) : found->second;
      return prefix(effects, callee, before_tracking_);
    }
  }
  return kNo;
}

/// A packet that comes back from a call goes on behind the rule that called.
Ref Chains::without_return(Ref chain) {
  return predicates_.space().store().map_terminals(chain, [&](Ref ref) {
    Leaf leaf = leaves_[ref];
    if (leaf.kind == Leaf::Kind::kReturns) leaf.kind = Leaf::Kind::kGoesOn;
    return leaves_.of(leaf);
  });
}

Ref Chains::rule(RuleRef ref) {
  const ir::Rule& rule = *ruleset_.rule(ref);
  const Ref match = predicates_.space().store().both(within_, predicates_.rule(ref));
  const Ref goes_on = leaves_.of({});
  if (match == kNo) return goes_on;
  if (detail_.target == ref)
    return predicates_.space().store().choose(
        match, leaves_.of({.kind = Leaf::Kind::kEnds, .verdict = VerdictKind::kDrop, .decider = ref}), goes_on);
  return predicates_.space().store().choose(match, verdict_of(ref, rule, effects_of(ref, rule)), goes_on);
}

/// The function of the packet before these effects, with them in all that it says.
Ref Chains::prefix(EffectsId effects, Ref function, bool before_tracking) {
  if (effects == 0) return function;
  const Ref before = effects_.before(effects, function, before_tracking);
  return predicates_.space().store().map_terminals(before, [&](Ref ref) {
    Leaf leaf = leaves_[ref];
    if (leaf.kind == Leaf::Kind::kElsewhere) return ref;
    leaf.effects = effects_.append(effects, leaf.effects);
    const bool dropped =
        leaf.kind == Leaf::Kind::kEnds && (leaf.verdict == VerdictKind::kDrop || leaf.verdict == VerdictKind::kReject);
    if (dropped) leaf.effects = effects_.of_dropped(leaf.effects);
    return leaves_.of(leaf);
  });
}

Ref Chains::join(Ref first, Ref second, bool before_tracking) {
  DiagramStore& store = predicates_.space().store();
  const Ref goes_on = leaves_.of({});
  if (second == goes_on) return first;
  if (first == goes_on) return second;
  std::vector<Leaf> waiting;
  for (const Ref ref : store.terminals(first))
    if (leaves_[ref].kind == Leaf::Kind::kGoesOn) waiting.push_back(leaves_[ref]);
  if (waiting.size() == 1 && waiting[0] == Leaf{}) return store.replace(first, goes_on, second);
  // What follows may go on as well, so those that wait are marked first.
  const Ref marked = store.map_terminals(first, [&](Ref ref) {
    Leaf leaf = leaves_[ref];
    if (leaf.kind == Leaf::Kind::kGoesOn) leaf.kind = Leaf::Kind::kPending;
    return leaves_.of(leaf);
  });
  std::map<Ref, Ref> functions;
  for (Leaf leaf : waiting) {
    leaf.kind = Leaf::Kind::kPending;
    functions.emplace(leaves_.of(leaf), prefix(leaf.effects, second, before_tracking));
  }
  return store.expand(marked, functions);
}

Ref Chains::compose(ChainId chain) {
  // Neighbours are joined when they stand for equally many rules, so that most joins are small.
  struct Part {
    Ref function;
    std::size_t rules;
  };
  std::vector<Part> parts;
  const auto join_last = [&] {
    const Part last = parts.back();
    parts.pop_back();
    parts.back() = {join(parts.back().function, last.function, before_tracking_), parts.back().rules + last.rules};
  };
  const auto& rules = ruleset_.chain(chain).rules;
  for (std::uint32_t i = 0; i < rules.size(); ++i) {
    parts.push_back({rule({chain, i}), 1});
    while (parts.size() > 1 && parts[parts.size() - 2].rules <= parts.back().rules) join_last();
  }
  parts.push_back({leaves_.of({.kind = Leaf::Kind::kReturns}), 1});
  while (parts.size() > 1) join_last();
  return parts[0].function;
}

Ref Chains::base(ChainId chain, bool before_tracking, Ref within) {
  const ir::BaseChain& base = *ruleset_.chain(chain).base;
  hook_ = ruleset_.translates(chain) ? base.hook : ir::Hook::kForward;
  before_tracking_ = before_tracking;
  within_ = within;
  compute(chain);
  const RuleRef policy{chain, static_cast<std::uint32_t>(ruleset_.chain(chain).rules.size())};
  return predicates_.space().store().map_terminals(done_.at({chain, moment(), within_}), [&](Ref ref) {
    Leaf leaf = leaves_[ref];
    if (leaf.kind == Leaf::Kind::kReturns || leaf.kind == Leaf::Kind::kGoesOn) {
      leaf.kind = Leaf::Kind::kEnds;
      leaf.verdict = base.policy;
      if (detail_.deciders) leaf.decider = policy;
      if (base.policy == VerdictKind::kDrop) leaf.effects = effects_.of_dropped(leaf.effects);
    }
    if (leaf.kind == Leaf::Kind::kEnds && leaf.verdict == VerdictKind::kAccept) leaf.kind = Leaf::Kind::kGoesOn;
    return leaves_.of(leaf);
  });
}

}  // namespace nfproof::analyzer::regions
