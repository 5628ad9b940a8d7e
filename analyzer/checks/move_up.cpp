// SPDX-License-Identifier: Apache-2.0
// Moving rules up.
#include "analyzer/checks/move_up.h"

#include <map>

#include "analyzer/checks/public_side.h"
#include "analyzer/checks/rule_facts.h"

namespace nfproof::analyzer {
namespace {

/// Which rules packets of one rule may be taken away from.
class Passing {
 public:
  Passing(Analysis& analysis, ir::RuleRef rule)
      : analysis_(analysis),
        ruleset_(analysis.ruleset()),
        rule_(rule),
        states_(states_of(ruleset_, *ruleset_.rule(rule))) {}

  bool may_pass(ir::RuleRef other) {
    const ir::Rule& rule = *ruleset_.rule(other);
    if (never_asks(rule)) return true;
    if (is_uncertain(ruleset_, rule)) return false;
    const auto& boxes = analysis_.structure().boxes;
    if (!boxes.of(other).meets(boxes.of(rule_))) return true;
    if (!rule.effects.empty()) return false;
    if (rule.verdict.kind == ir::VerdictKind::kJump) return all_pass(rule.verdict.chain);
    return rule.verdict.kind == ir::VerdictKind::kAccept;
  }

 private:
  /// Its tests are done in order, and one of the state is false before any that keeps state is asked.
  [[nodiscard]] bool never_asks(const ir::Rule& rule) const {
    for (const ir::Condition& condition : rule.when) {
      const auto* test = std::get_if<ir::FieldTest>(&ruleset_.predicates[condition.predicate]);
      if (test == nullptr || ir::needs_lookup(*test)) return false;
      if (test->field != ir::FieldId::kCtState) continue;
      bool meets = false;
      for (unsigned state = 0; state < ir::kCtStateCount; ++state)
        meets = meets || ((states_ >> state & 1U) != 0 && test->values.contains(ir::u128{state}) != test->negated);
      if (!meets) return true;
    }
    return false;
  }

  bool all_pass(ir::ChainId called) {
    if (const auto known = chains_.find(called); known != chains_.end()) return known->second;
    bool pass = true;
    for (const ir::ChainId chain : chains_below(analysis_, called)) {
      const auto& rules = ruleset_.chain(chain).rules;
      for (std::uint32_t i = 0; i < rules.size() && pass; ++i) {
        const bool leads_on =
            rules[i].verdict.kind == ir::VerdictKind::kJump || rules[i].verdict.kind == ir::VerdictKind::kReturn;
        const bool plain = leads_on && rules[i].effects.empty() && !is_uncertain(ruleset_, rules[i]);
        pass = plain || may_pass({chain, i});
      }
    }
    chains_[called] = pass;
    return pass;
  }

  Analysis& analysis_;
  const ir::Ruleset& ruleset_;
  ir::RuleRef rule_;
  States states_;
  std::map<ir::ChainId, bool> chains_;
};

bool accepts_loopback(const ir::Ruleset& ruleset, const ir::Rule& rule) {
  const auto* in = test_on(ruleset, rule, ir::FieldId::kIifname);
  return rule.verdict.kind == ir::VerdictKind::kAccept && in != nullptr && !in->negated && in->values.contains("lo");
}

bool bans(const ir::Ruleset& ruleset, const ir::Rule& rule) {
  return refuses(rule.verdict.kind) && (source_test(ruleset, rule) != nullptr || is_uncertain(ruleset, rule));
}

std::uint32_t behind_loopback(const ir::Ruleset& ruleset, ir::RuleRef rule, std::uint32_t to) {
  const auto& rules = ruleset.chain(rule.chain).rules;
  while (to < rule.index && accepts_loopback(ruleset, rules[to])) ++to;
  return to;
}

}  // namespace

std::uint32_t unchanged_place(Analysis& analysis, ir::RuleRef rule) {
  if (is_uncertain(analysis.ruleset(), *analysis.ruleset().rule(rule))) return rule.index;
  Passing passing(analysis, rule);
  std::uint32_t to = rule.index;
  while (to > 0 && passing.may_pass({rule.chain, to - 1})) --to;
  return behind_loopback(analysis.ruleset(), rule, to);
}

std::uint32_t place_behind_bans(const Analysis& analysis, ir::RuleRef rule) {
  const auto& rules = analysis.ruleset().chain(rule.chain).rules;
  std::uint32_t to = rule.index;
  while (to > 0 && !bans(analysis.ruleset(), rules[to - 1])) --to;
  return behind_loopback(analysis.ruleset(), rule, to);
}

std::optional<Fix> move_up(const Analysis& analysis, ir::RuleRef rule, std::uint32_t to, bool provable) {
  const ir::RuleRef before{rule.chain, to};
  const source::Span from = analysis.span_of(rule), place = analysis.span_of(before);
  if (to >= rule.index || !from.is_known() || !place.is_known() || from.file != place.file || from.line == place.line)
    return std::nullopt;
  Fix fix;
  fix.description = "move " + analysis.place_name(rule) + " up, before " + analysis.place_name(before);
  fix.provable = provable;
  fix.edits.push_back({place, {}, from});
  fix.edits.push_back({from, {}, {}});
  return fix;
}

}  // namespace nfproof::analyzer
