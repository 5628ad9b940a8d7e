// SPDX-License-Identifier: Apache-2.0
// Collects the uses of marks.
#include "analyzer/checks/marks.h"

#include "analyzer/checks/rule_facts.h"
#include "compiler/ir/facts.h"

namespace nfproof::analyzer {
namespace {

using ir::FieldId;

std::vector<ir::Hook> hooks_of(const Analysis& analysis, ir::ChainId chain) {
  std::vector<ir::Hook> hooks;
  for (const ir::ChainId base : analysis.structure().graph.bases(analysis.ruleset(), chain))
    hooks.push_back(analysis.ruleset().chain(base).base->hook);
  return hooks;
}

/// Bits that must be 1 for the test to be true. A test for 0, or a negated one, asks whether somebody else marked it.
std::uint32_t wanted_bits(const ir::FieldTest& test) {
  if (test.negated) return 0;
  std::uint32_t bits = 0;
  if (const auto* masks = test.values.masks())
    for (const ir::Masked& masked : *masks) bits |= static_cast<std::uint32_t>(masked.value);
  if (const auto* ranges = test.values.intervals())
    for (const ir::Interval& range : *ranges)
      if (range.lo == range.hi) bits |= static_cast<std::uint32_t>(range.lo);
  return bits;
}

void note_effect(const ir::Effect& effect, MarkUse use, MarkUses& uses) {
  if (const auto* set = std::get_if<ir::SetField>(&effect)) {
    if (set->field != FieldId::kMark && set->field != FieldId::kCtMark) return;
    use.of_connection = set->field == FieldId::kCtMark;
    use.bits = set->value;
    uses.set_bits[use.of_connection ? 1 : 0] |= set->shift == 0 ? set->value : ~0U;
    if (use.bits != 0) uses.set.push_back(std::move(use));
    return;
  }
  if (const auto* socket = std::get_if<ir::GiveToSocket>(&effect)) {
    uses.set_bits[0] |= socket->mark;
    return;
  }
  uses.copied = uses.copied || std::holds_alternative<ir::CopyMark>(effect) ||
                std::holds_alternative<ir::HashMark>(effect) || std::holds_alternative<ir::UpdateSet>(effect) ||
                std::holds_alternative<ir::OpaqueEffect>(effect);
}

}  // namespace

MarkUses mark_uses(const Analysis& analysis, ir::Family family) {
  MarkUses uses;
  const ir::Ruleset& ruleset = analysis.ruleset();
  for_each_rule(analysis, family, [&](ir::RuleRef ref, const ir::Rule& rule) {
    for (const ir::Effect& effect : rule.effects) note_effect(effect, {ref, false, 0, {}}, uses);
    for (const ir::Condition& condition : rule.when)
      for (const ir::PredicateId part : ir::parts_of(ruleset.predicates, condition.predicate)) {
        const auto* test = std::get_if<ir::FieldTest>(&ruleset.predicates[part]);
        if (test == nullptr || (test->field != FieldId::kMark && test->field != FieldId::kCtMark)) continue;
        const bool of_connection = test->field == FieldId::kCtMark;
        uses.tested_bits[of_connection ? 1 : 0] = ~0U;
        if (const std::uint32_t bits = wanted_bits(*test); bits != 0)
          uses.tested.push_back({ref, of_connection, bits, hooks_of(analysis, ref.chain)});
      }
  });
  for (MarkUse& use : uses.set) use.hooks = hooks_of(analysis, use.rule.chain);
  return uses;
}

}  // namespace nfproof::analyzer
