// SPDX-License-Identifier: Apache-2.0
// -m mark: the mark of the packet (net/netfilter/xt_mark.c). A value with bits outside
// the mask never matches.
#include "compiler/extensions/common.h"

namespace nfproof::compiler {
namespace {

constexpr OptionRow kOptions[] = {
    {.name = "mark", .type = ValueType::kMarkMask, .negatable = true, .required = true},
};

void lower(const ModuleInput& module, Lowering& out) {
  const OptionUse& use = *module.find("mark");
  const MarkMask& mark = mark_of(use);
  out.when(field_test(ir::FieldId::kMark, ir::ValueSet::of_masks({{mark.value, mark.mask}}), use.negated));
}

}  // namespace

extern const Extension kMatchMark{
    .name = "mark",
    .kind = ExtensionKind::kMatch,
    .options = kOptions,
    .lower = lower,
};

}  // namespace nfproof::compiler
