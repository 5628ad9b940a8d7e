// SPDX-License-Identifier: Apache-2.0
// -m connmark: the mark of the connection (net/netfilter/xt_connmark.c). Without an entry it is false, also negated. A
// value with bits outside the mask never matches.
#include "compiler/extensions/common.h"

namespace nfproof::compiler {
namespace {

constexpr OptionRow kOptions[] = {
    {.name = "mark", .type = ValueType::kMarkMask, .negatable = true, .required = true},
};

void lower(const ModuleInput& module, Lowering& out) {
  const OptionUse& use = *module.find("mark");
  const MarkMask& mark = mark_of(use);
  out.when(field_test(ir::FieldId::kCtMark, ir::ValueSet::of_masks({{mark.value, mark.mask}}), use.negated));
}

}  // namespace

extern const Extension kMatchConnmark{
    .name = "connmark",
    .kind = ExtensionKind::kMatch,
    .options = kOptions,
    .lower = lower,
};

}  // namespace nfproof::compiler
