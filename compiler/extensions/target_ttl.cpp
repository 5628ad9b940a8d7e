// SPDX-License-Identifier: Apache-2.0
// -j TTL: changes the time to live of an IPv4 packet (net/netfilter/xt_HL.c). The packet goes on.
#include "compiler/extensions/common.h"

namespace nfproof::compiler {
namespace {

constexpr OptionRow kOptions[] = {
    {.name = "ttl-set", .type = ValueType::kNumber, .max = 255},
    {.name = "ttl-dec", .type = ValueType::kNumber, .min = 1, .max = 255},
    {.name = "ttl-inc", .type = ValueType::kNumber, .min = 1, .max = 255},
};
constexpr std::string_view kTables[] = {"mangle"};

void check(const ModuleInput& module) { exactly_one(module, {"ttl-set", "ttl-dec", "ttl-inc"}); }

void lower(const ModuleInput& module, Lowering& out) {
  const OptionUse& use = module.options.front();
  if (use.row->name == "ttl-set")
    out.effect(ir::SetField{ir::FieldId::kIpTtl, static_cast<std::uint32_t>(number_of(use)), 0xff});
  else
    out.effect(
        ir::AddToHopLimit{static_cast<std::int16_t>(use.row->name == "ttl-inc" ? number_of(use) : -number_of(use))});
}

}  // namespace

extern const Extension kTargetTtl{
    .name = "TTL",
    .kind = ExtensionKind::kTarget,
    .families = Families::kIpv4,
    .options = kOptions,
    .check = check,
    .lower = lower,
    .tables = kTables,
};

}  // namespace nfproof::compiler
