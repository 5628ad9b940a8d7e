// SPDX-License-Identifier: Apache-2.0
// Chains that copy a mark.
#include "analyzer/regions/copied_marks.h"

#include <algorithm>

namespace nfproof::analyzer::regions {
namespace {

using ir::FieldId;
using ir::u128;

const ir::FieldTest* only_test(const ir::Ruleset& ruleset, const ir::Rule& rule) {
  if (rule.when.size() != 1) return nullptr;
  const auto* test = std::get_if<ir::FieldTest>(&ruleset.predicates[rule.when[0].predicate]);
  return test != nullptr && !test->negated && test->argument == 0 ? test : nullptr;
}

const ir::SetField* only_write(const ir::Rule& rule) {
  if (rule.effects.size() != 1 || rule.verdict.kind != ir::VerdictKind::kContinue) return nullptr;
  const auto* set = std::get_if<ir::SetField>(&rule.effects[0]);
  return set != nullptr && set->shift == 0 ? set : nullptr;
}

/// `ct state invalid,untracked return`
bool leaves_untracked(const ir::Ruleset& ruleset, const ir::Rule& rule) {
  const ir::FieldTest* test = only_test(ruleset, rule);
  if (test == nullptr || test->field != FieldId::kCtState || !rule.effects.empty()) return false;
  if (rule.verdict.kind != ir::VerdictKind::kReturn) return false;
  for (u128 state = 0; state < ir::kCtStateCount; ++state) {
    const bool untracked =
        state == static_cast<u128>(ir::CtState::kInvalid) || state == static_cast<u128>(ir::CtState::kUntracked);
    if (test->values.contains(state) != untracked) return false;
  }
  return true;
}

/// The one bit that the test asks for.
std::optional<std::uint32_t> bit_asked(const ir::FieldTest& test) {
  const auto* masks = test.values.masks();
  if (masks == nullptr || masks->size() != 1) return std::nullopt;
  const ir::Masked& only = masks->front();
  if (only.value != only.mask || only.mask == 0 || only.mask > 0xffffffff || (only.mask & (only.mask - 1)) != 0)
    return std::nullopt;
  return static_cast<std::uint32_t>(only.mask);
}

}  // namespace

std::optional<ir::CopyMark> copies_mark(const ir::Ruleset& ruleset, ir::ChainId chain) {
  const auto& rules = ruleset.chain(chain).rules;
  if (rules.size() < 3 || ruleset.chain(chain).base || !leaves_untracked(ruleset, rules[0])) return std::nullopt;
  const ir::SetField* clear = only_write(rules[1]);
  if (clear == nullptr || clear->value != 0 || !rules[1].when.empty()) return std::nullopt;
  const bool save = clear->field == FieldId::kCtMark;
  if (!save && clear->field != FieldId::kMark) return std::nullopt;
  std::uint32_t left = clear->mask;
  for (std::size_t i = 2; i < rules.size(); ++i) {
    const ir::FieldTest* test = only_test(ruleset, rules[i]);
    const ir::SetField* set = only_write(rules[i]);
    if (test == nullptr || set == nullptr || set->field != clear->field) return std::nullopt;
    if (test->field != (save ? FieldId::kMark : FieldId::kCtMark)) return std::nullopt;
    const auto bit = bit_asked(*test);
    if (!bit || (left & *bit) == 0 || set->value != *bit || (set->mask & ~*bit) != 0) return std::nullopt;
    left &= ~*bit;
  }
  if (left != 0) return std::nullopt;
  ir::CopyMark copy;
  copy.save = save;
  copy.ctmask = copy.nfmask = clear->mask;
  return copy;
}

}  // namespace nfproof::analyzer::regions
