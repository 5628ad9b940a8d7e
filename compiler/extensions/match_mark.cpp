// SPDX-License-Identifier: Apache-2.0
// -m mark: the mark of the packet (net/netfilter/xt_mark.c).
#include "compiler/extensions/marks.h"

namespace nfproof::compiler {
namespace {

constexpr OptionRow kOptions[] = {
    {.name = "mark", .type = ValueType::kMarkMask, .negatable = true, .required = true},
};

void lower(const ModuleInput& module, Lowering& out) { lower_mark_test(module, ir::FieldId::kMark, out); }

}  // namespace

extern const Extension kMatchMark{
    .name = "mark",
    .kind = ExtensionKind::kMatch,
    .options = kOptions,
    .lower = lower,
};

}  // namespace nfproof::compiler
