// SPDX-License-Identifier: Apache-2.0
// -m dscp: the upper six bits of the TOS or traffic class byte (net/netfilter/xt_dscp.c).
#include "compiler/extensions/common.h"
#include "compiler/extensions/dscp_classes.h"

namespace nfproof::compiler {
namespace {

constexpr OptionRow kOptions[] = {
    {.name = "dscp", .type = ValueType::kNumber, .negatable = true, .max = 63},
    {.name = "dscp-class", .type = ValueType::kText, .negatable = true},
};

void check(const ModuleInput& module) { check_dscp(module, "dscp", "dscp-class"); }

void print(const ModuleInput& module, std::string& out) {
  const OptionUse& use = module.options.front();
  out += use.negated ? " ! --dscp " : " --dscp ";
  out += hex(dscp_of(use).value_or(0), 2);
}

void lower(const ModuleInput& module, Lowering& out) {
  const OptionUse& use = module.options.front();
  const unsigned value = static_cast<unsigned>(dscp_of(use).value_or(0)) << 2;
  out.when(field_test(by_family(module, ir::FieldId::kIpTos, ir::FieldId::kIp6Tclass),
                      ir::ValueSet::of_range(value, value | 3), use.negated));
}

}  // namespace

extern const Extension kMatchDscp{
    .name = "dscp",
    .kind = ExtensionKind::kMatch,
    .options = kOptions,
    .check = check,
    .print = print,
    .lower = lower,
};

}  // namespace nfproof::compiler
