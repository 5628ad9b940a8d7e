// SPDX-License-Identifier: Apache-2.0
// -m iprange: the source or destination lies between two addresses (net/netfilter/xt_iprange.c). When the first is the
// larger one nothing lies between them.
#include "compiler/extensions/common.h"

namespace nfproof::compiler {
namespace {

constexpr OptionRow kOptions[] = {
    {.name = "src-range", .type = ValueType::kAddressRange, .negatable = true},
    {.name = "dst-range", .type = ValueType::kAddressRange, .negatable = true},
};

void check(const ModuleInput& module) { at_least_one(module, {"src-range", "dst-range"}); }

void print(const ModuleInput& module, std::string& out) {
  for (const OptionRow& row : kOptions) {
    const OptionUse* use = module.find(row.name);
    if (use == nullptr) continue;
    const auto& range = std::get<Network>(use->value);
    append_option(out, *use,
                  ir::format_address(range.value, module.family) + '-' + ir::format_address(range.mask, module.family));
  }
}

void lower(const ModuleInput& module, Lowering& out) {
  const auto test = [&](std::string_view option, ir::FieldId field) {
    const OptionUse* use = module.find(option);
    if (use == nullptr) return;
    const auto& range = std::get<Network>(use->value);
    out.when(field_test(field, ir::ValueSet::of_range(range.value, range.mask), use->negated));
  };
  test("src-range", by_family(module, ir::FieldId::kIpSaddr, ir::FieldId::kIp6Saddr));
  test("dst-range", by_family(module, ir::FieldId::kIpDaddr, ir::FieldId::kIp6Daddr));
}

}  // namespace

extern const Extension kMatchIprange{
    .name = "iprange",
    .kind = ExtensionKind::kMatch,
    .options = kOptions,
    .check = check,
    .print = print,
    .lower = lower,
};

}  // namespace nfproof::compiler
