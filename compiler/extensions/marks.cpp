// SPDX-License-Identifier: Apache-2.0
// Tests and changes of mark bits: see marks.h.
#include "compiler/extensions/marks.h"

namespace nfproof::compiler {

void lower_mark_test(const ModuleInput& module, ir::FieldId field, Lowering& out) {
  const OptionUse& use = *module.find("mark");
  const MarkMask& mark = mark_of(use);
  out.when(field_test(field, ir::ValueSet::of_masks({{mark.value, mark.mask}}), use.negated));
}

std::optional<MarkChange> mark_change(const ModuleInput& module) {
  if (const OptionUse* use = module.find("set-xmark")) return MarkChange{mark_of(*use).value, mark_of(*use).mask};
  if (const OptionUse* use = module.find("set-mark"))
    return MarkChange{mark_of(*use).value, mark_of(*use).value | mark_of(*use).mask};
  const auto bits = [](const OptionUse& use) { return static_cast<std::uint32_t>(number_of(use)); };
  if (const OptionUse* use = module.find("and-mark")) return MarkChange{0, ~bits(*use)};
  if (const OptionUse* use = module.find("or-mark")) return MarkChange{bits(*use), bits(*use)};
  if (const OptionUse* use = module.find("xor-mark")) return MarkChange{bits(*use), 0};
  return std::nullopt;
}

}  // namespace nfproof::compiler
