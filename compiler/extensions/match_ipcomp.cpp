// SPDX-License-Identifier: Apache-2.0
// -m ipcomp: the parameter index of an IPComp header (net/netfilter/xt_ipcomp.c).
#include "compiler/extensions/common.h"
#include "compiler/extensions/options.h"

namespace nfproof::compiler {
namespace {

constexpr OptionRow kOptions[] = {
    {.name = "ipcompspi", .type = ValueType::kNumberRange, .negatable = true},
    {.name = "compres"},
};

void print(const ModuleInput& module, std::string& out) {
  for (const OptionRow& row : kOptions) {
    const OptionUse* use = module.find(row.name);
    if (use != nullptr && !is_whole_range(*use)) print_option(*use, module.family, out);
  }
}

/// `--compres` is ignored by the kernel.
void lower(const ModuleInput& module, Lowering& out) { lower_range(module, "ipcompspi", ir::FieldId::kCompCpi, out); }

}  // namespace

extern const Extension kMatchIpcomp{
    .name = "ipcomp",
    .kind = ExtensionKind::kMatch,
    .options = kOptions,
    .print = print,
    .lower = lower,
    .protocol = 108,
};

}  // namespace nfproof::compiler
