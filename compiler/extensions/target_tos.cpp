// SPDX-License-Identifier: Apache-2.0
// -j TOS: changes bits of the TOS or traffic class byte (net/netfilter/xt_DSCP.c, tos_tg). The packet goes on.
#include "compiler/extensions/common.h"
#include "compiler/extensions/dscp_classes.h"

namespace nfproof::compiler {
namespace {

constexpr OptionRow kOptions[] = {
    {.name = "set-tos", .type = ValueType::kText},
    {.name = "and-tos", .type = ValueType::kNumber, .max = 255},
    {.name = "or-tos", .type = ValueType::kNumber, .max = 255},
    {.name = "xor-tos", .type = ValueType::kNumber, .max = 255},
};
constexpr std::string_view kTables[] = {"mangle"};

void check(const ModuleInput& module) {
  if (!exactly_one(module, {"set-tos", "and-tos", "or-tos", "xor-tos"})) return;
  if (const OptionUse* use = module.find("set-tos")) check_tos(module, *use);
}

/// tos = (tos & ~mask) ^ value
TosMask change_of(const ModuleInput& module) {
  const OptionUse& use = module.options.front();
  if (use.row->name == "set-tos") return parse_tos(use.text).value_or(TosMask{});
  const auto bits = static_cast<std::uint8_t>(number_of(use));
  if (use.row->name == "and-tos") return {0, static_cast<std::uint8_t>(~bits)};
  if (use.row->name == "or-tos") return {bits, bits};
  return {bits, 0};
}

void print(const ModuleInput& module, std::string& out) {
  const TosMask change = change_of(module);
  out += " --set-tos " + hex(change.value, 2) + '/' + hex(change.mask, 2);
}

void lower(const ModuleInput& module, Lowering& out) {
  const TosMask change = change_of(module);
  out.effect(ir::SetField{by_family(module, ir::FieldId::kIpTos, ir::FieldId::kIp6Tclass), change.value, change.mask});
}

}  // namespace

extern const Extension kTargetTos{
    .name = "TOS",
    .kind = ExtensionKind::kTarget,
    .options = kOptions,
    .check = check,
    .print = print,
    .lower = lower,
    .tables = kTables,
};

}  // namespace nfproof::compiler
