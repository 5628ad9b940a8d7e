// SPDX-License-Identifier: Apache-2.0
// -j DNAT: a new destination for the connection (net/netfilter/xt_nat.c).
#include "compiler/extensions/common.h"
#include "compiler/extensions/nat_range.h"

namespace nfproof::compiler {
namespace {

constexpr OptionRow kOptions[] = {
    {.name = "to-destination", .type = ValueType::kText, .required = true},
    {.name = "random"},
    {.name = "persistent"},
};
constexpr std::string_view kTables[] = {"nat"};
constexpr std::string_view kChains[] = {"PREROUTING", "OUTPUT"};

NatRangeOrError parse(const ModuleInput& module) {
  return parse_nat_target(module.find("to-destination")->text, module.family, true);
}

void check(const ModuleInput& module) { check_nat_range(module, *module.find("to-destination"), parse(module)); }

void print(const ModuleInput& module, std::string& out) {
  for (const OptionRow& row : kOptions) {
    const OptionUse* use = module.find(row.name);
    if (use == nullptr) continue;
    append_option(out, *use);
    if (row.type == ValueType::kText) out += ' ' + nat_target_text(checked_range(parse(module)), module.family);
  }
}

void lower(const ModuleInput& module, Lowering& out) {
  lower_nat(module, ir::Nat::Kind::kDnat, checked_range(parse(module)), out);
}

}  // namespace

extern const Extension kTargetDnat{
    .name = "DNAT",
    .kind = ExtensionKind::kTarget,
    .options = kOptions,
    .check = check,
    .print = print,
    .lower = lower,
    .tables = kTables,
    .chains = kChains,
};

}  // namespace nfproof::compiler
