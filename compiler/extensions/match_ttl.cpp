// SPDX-License-Identifier: Apache-2.0
// -m ttl: the time to live of an IPv4 packet (net/netfilter/xt_hl.c). Only the test for equality can be negated.
#include "compiler/extensions/common.h"

namespace nfproof::compiler {
namespace {

constexpr OptionRow kOptions[] = {
    {.name = "ttl-eq", .type = ValueType::kNumber, .negatable = true, .max = 255},
    {.name = "ttl-lt", .type = ValueType::kNumber, .max = 255},
    {.name = "ttl-gt", .type = ValueType::kNumber, .max = 255},
    {.name = "ttl", .negatable = true, .alias_of = "ttl-eq"},
};

void check(const ModuleInput& module) { exactly_one(module, {"ttl-eq", "ttl-lt", "ttl-gt"}); }

void lower(const ModuleInput& module, Lowering& out) {
  const OptionUse& use = module.options.front();
  const std::uint64_t value = number_of(use);
  ir::ValueSet values = ir::ValueSet::of_value(value);
  if (use.row->name == "ttl-lt") values = value == 0 ? ir::ValueSet() : ir::ValueSet::of_range(0, value - 1);
  if (use.row->name == "ttl-gt") values = ir::ValueSet::of_range(value + 1, 255);
  out.when(field_test(ir::FieldId::kIpTtl, std::move(values), use.negated));
}

}  // namespace

extern const Extension kMatchTtl{
    .name = "ttl",
    .kind = ExtensionKind::kMatch,
    .families = Families::kIpv4,
    .options = kOptions,
    .check = check,
    .lower = lower,
};

}  // namespace nfproof::compiler
