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

/// The tool leaves out the range of all indexes, which then reads back as index 0: here it stays.
void print(const ModuleInput& module, std::string& out) {
  if (!module.has("ipcompspi")) out += " --ipcompspi 0";
  for (const OptionRow& row : kOptions)
    if (const OptionUse* use = module.find(row.name)) print_option(*use, module.family, out);
}

/// Without `--ipcompspi` the tool asks for index 0. `--compres` is ignored by the kernel.
void lower(const ModuleInput& module, Lowering& out) {
  if (module.has("ipcompspi"))
    lower_range(module, "ipcompspi", ir::FieldId::kCompCpi, out);
  else
    out.when(field_test(ir::FieldId::kCompCpi, ir::ValueSet::of_value(0)));
}

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
