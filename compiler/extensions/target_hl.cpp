// SPDX-License-Identifier: Apache-2.0
// -j HL: changes the hop limit of an IPv6 packet (net/netfilter/xt_HL.c). The packet goes on.
#include "compiler/extensions/common.h"

namespace nfproof::compiler {
namespace {

constexpr OptionRow kOptions[] = {
    {.name = "hl-set", .type = ValueType::kNumber, .max = 255},
    {.name = "hl-dec", .type = ValueType::kNumber, .min = 1, .max = 255},
    {.name = "hl-inc", .type = ValueType::kNumber, .min = 1, .max = 255},
};
constexpr std::string_view kTables[] = {"mangle"};

void check(const ModuleInput& module) { exactly_one(module, {"hl-set", "hl-dec", "hl-inc"}); }

void lower(const ModuleInput& module, Lowering& out) {
  const OptionUse& use = module.options.front();
  if (use.row->name == "hl-set")
    out.effect(ir::SetField{ir::FieldId::kIp6HopLimit, static_cast<std::uint32_t>(number_of(use)), 0xff});
  else
    out.effect(
        ir::AddToHopLimit{static_cast<std::int16_t>(use.row->name == "hl-inc" ? number_of(use) : -number_of(use))});
}

}  // namespace

extern const Extension kTargetHl{
    .name = "HL",
    .kind = ExtensionKind::kTarget,
    .families = Families::kIpv6,
    .options = kOptions,
    .check = check,
    .lower = lower,
    .tables = kTables,
};

}  // namespace nfproof::compiler
