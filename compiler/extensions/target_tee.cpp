// SPDX-License-Identifier: Apache-2.0
// -j TEE: sends a copy of the packet to another host (net/netfilter/xt_TEE.c). The packet goes on.
#include "compiler/extensions/common.h"

namespace nfproof::compiler {
namespace {

constexpr OptionRow kOptions[] = {
    {.name = "gateway", .type = ValueType::kText, .required = true},
    {.name = "oif", .type = ValueType::kText, .max = 15},
};

void check(const ModuleInput& module) {
  const OptionUse& use = *module.find("gateway");
  if (!ir::parse_address(use.text, module.family))
    module.error(use.value_span, "`--gateway` expects an address, got `" + use.text + '`');
}

void print(const ModuleInput& module, std::string& out) {
  const OptionUse& use = *module.find("gateway");
  append_option(out, use, ir::format_address(ir::parse_address(use.text, module.family).value_or(0), module.family));
  if (const OptionUse* oif = module.find("oif")) append_option(out, *oif, oif->text);
}

void lower(const ModuleInput& module, Lowering& out) {
  const OptionUse* oif = module.find("oif");
  out.effect(ir::Duplicate{ir::parse_address(module.find("gateway")->text, module.family).value_or(0),
                           oif == nullptr ? std::string() : oif->text});
}

}  // namespace

extern const Extension kTargetTee{
    .name = "TEE",
    .kind = ExtensionKind::kTarget,
    .options = kOptions,
    .check = check,
    .print = print,
    .lower = lower,
};

}  // namespace nfproof::compiler
