// SPDX-License-Identifier: Apache-2.0
// -j SNAT: a new source for the connection (net/netfilter/xt_nat.c).
#include "compiler/extensions/common.h"
#include "compiler/extensions/nat_range.h"

namespace nfproof::compiler {
namespace {

constexpr OptionRow kOptions[] = {
    {.name = "to-source", .type = ValueType::kText, .required = true},
    {.name = "random"},
    {.name = "random-fully"},
    {.name = "persistent"},
};
constexpr std::string_view kTables[] = {"nat"};
constexpr std::string_view kChains[] = {"POSTROUTING", "INPUT"};

NatRangeOrError parse(const ModuleInput& module) {
  return parse_nat_target(module.find("to-source")->text, module.family, false);
}

void check(const ModuleInput& module) { check_nat_range(module, *module.find("to-source"), parse(module)); }

void print(const ModuleInput& module, std::string& out) {
  for (const OptionRow& row : kOptions) {
    const OptionUse* use = module.find(row.name);
    if (use == nullptr) continue;
    append_option(out, *use);
    if (row.type == ValueType::kText) out += ' ' + nat_target_text(checked_range(parse(module)), module.family);
  }
}

void lower(const ModuleInput& module, Lowering& out) {
  lower_nat(module, ir::Nat::Kind::kSnat, checked_range(parse(module)), out);
}

}  // namespace

extern const Extension kTargetSnat{
    .name = "SNAT",
    .kind = ExtensionKind::kTarget,
    .options = kOptions,
    .check = check,
    .print = print,
    .lower = lower,
    .tables = kTables,
    .chains = kChains,
};

}  // namespace nfproof::compiler
