// SPDX-License-Identifier: Apache-2.0
// -m tos: bits of the TOS or traffic class byte (net/netfilter/xt_dscp.c, tos_mt).
#include "compiler/extensions/common.h"
#include "compiler/extensions/dscp_classes.h"

namespace nfproof::compiler {
namespace {

constexpr OptionRow kOptions[] = {
    {.name = "tos", .type = ValueType::kText, .negatable = true, .required = true},
};

void check(const ModuleInput& module) { check_tos(module, *module.find("tos")); }

void print(const ModuleInput& module, std::string& out) {
  const OptionUse& use = *module.find("tos");
  const TosMask tos = parse_tos(use.text).value_or(TosMask{});
  append_option(out, use, hex(tos.value, 2) + '/' + hex(tos.mask, 2));
}

void lower(const ModuleInput& module, Lowering& out) {
  const OptionUse& use = *module.find("tos");
  const TosMask tos = parse_tos(use.text).value_or(TosMask{});
  out.when(field_test(by_family(module, ir::FieldId::kIpTos, ir::FieldId::kIp6Tclass),
                      ir::ValueSet::of_masks({{tos.value, tos.mask}}), use.negated));
}

}  // namespace

extern const Extension kMatchTos{
    .name = "tos",
    .kind = ExtensionKind::kMatch,
    .options = kOptions,
    .check = check,
    .print = print,
    .lower = lower,
};

}  // namespace nfproof::compiler
