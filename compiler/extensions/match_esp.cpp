// SPDX-License-Identifier: Apache-2.0
// -m esp: the security parameter index of an ESP header (net/netfilter/xt_esp.c).
#include "compiler/extensions/common.h"
#include "compiler/extensions/options.h"

namespace nfproof::compiler {
namespace {

constexpr OptionRow kOptions[] = {
    {.name = "espspi", .type = ValueType::kNumberRange, .negatable = true},
};

void print(const ModuleInput& module, std::string& out) {
  for (const OptionRow& row : kOptions) {
    const OptionUse* use = module.find(row.name);
    if (use != nullptr && !is_whole_range(*use)) print_option(*use, module.family, out);
  }
}

void lower(const ModuleInput& module, Lowering& out) { lower_range(module, "espspi", ir::FieldId::kEspSpi, out); }

}  // namespace

extern const Extension kMatchEsp{
    .name = "esp",
    .kind = ExtensionKind::kMatch,
    .options = kOptions,
    .print = print,
    .lower = lower,
    .protocol = 50,
};

}  // namespace nfproof::compiler
