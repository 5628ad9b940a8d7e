// SPDX-License-Identifier: Apache-2.0
// -m connmark: the mark of the connection (net/netfilter/xt_connmark.c). Without an entry it is false, also negated.
#include "compiler/extensions/marks.h"

namespace nfproof::compiler {
namespace {

constexpr OptionRow kOptions[] = {
    {.name = "mark", .type = ValueType::kMarkMask, .negatable = true, .required = true},
};

void lower(const ModuleInput& module, Lowering& out) { lower_mark_test(module, ir::FieldId::kCtMark, out); }

}  // namespace

extern const Extension kMatchConnmark{
    .name = "connmark",
    .kind = ExtensionKind::kMatch,
    .options = kOptions,
    .lower = lower,
};

}  // namespace nfproof::compiler
