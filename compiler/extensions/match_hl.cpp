// SPDX-License-Identifier: Apache-2.0
// -m hl: the hop limit of an IPv6 packet (net/netfilter/xt_hl.c). Only the test for equality can be negated.
#include "compiler/extensions/common.h"

namespace nfproof::compiler {
namespace {

constexpr OptionRow kOptions[] = {
    {.name = "hl-eq", .type = ValueType::kNumber, .negatable = true, .max = 255},
    {.name = "hl-lt", .type = ValueType::kNumber, .max = 255},
    {.name = "hl-gt", .type = ValueType::kNumber, .max = 255},
    {.name = "hl", .negatable = true, .alias_of = "hl-eq"},
};

void check(const ModuleInput& module) { exactly_one(module, {"hl-eq", "hl-lt", "hl-gt"}); }

void lower(const ModuleInput& module, Lowering& out) {
  const OptionUse& use = module.options.front();
  const std::uint64_t value = number_of(use);
  ir::ValueSet values = ir::ValueSet::of_value(value);
  if (use.row->name == "hl-lt") values = value == 0 ? ir::ValueSet() : ir::ValueSet::of_range(0, value - 1);
  if (use.row->name == "hl-gt") values = ir::ValueSet::of_range(value + 1, 255);
  out.when(field_test(ir::FieldId::kIp6HopLimit, std::move(values), use.negated));
}

}  // namespace

extern const Extension kMatchHl{
    .name = "hl",
    .kind = ExtensionKind::kMatch,
    .families = Families::kIpv6,
    .options = kOptions,
    .check = check,
    .lower = lower,
};

}  // namespace nfproof::compiler
