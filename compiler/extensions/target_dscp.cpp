// SPDX-License-Identifier: Apache-2.0
// -j DSCP: sets the upper six bits of the TOS or traffic class byte (net/netfilter/xt_DSCP.c). The packet goes on.
#include "compiler/extensions/common.h"
#include "compiler/extensions/dscp_classes.h"

namespace nfproof::compiler {
namespace {

constexpr OptionRow kOptions[] = {
    {.name = "set-dscp", .type = ValueType::kNumber, .max = 63},
    {.name = "set-dscp-class", .type = ValueType::kText},
};
constexpr std::string_view kTables[] = {"mangle"};

void check(const ModuleInput& module) { check_dscp(module, "set-dscp", "set-dscp-class"); }

void print(const ModuleInput& module, std::string& out) {
  out += " --set-dscp " + hex(dscp_of(module.options.front()).value_or(0), 2);
}

void lower(const ModuleInput& module, Lowering& out) {
  const unsigned dscp = dscp_of(module.options.front()).value_or(0);
  out.effect(ir::SetField{by_family(module, ir::FieldId::kIpTos, ir::FieldId::kIp6Tclass), dscp << 2, 0xfc});
}

}  // namespace

extern const Extension kTargetDscp{
    .name = "DSCP",
    .kind = ExtensionKind::kTarget,
    .options = kOptions,
    .check = check,
    .print = print,
    .lower = lower,
    .tables = kTables,
};

}  // namespace nfproof::compiler
