// SPDX-License-Identifier: Apache-2.0
// -j REDIRECT: the destination becomes this host (net/netfilter/xt_REDIRECT.c).
#include "compiler/extensions/common.h"
#include "compiler/extensions/nat_range.h"

namespace nfproof::compiler {
namespace {

constexpr OptionRow kOptions[] = {
    {.name = "to-ports", .type = ValueType::kText},
    {.name = "random"},
};
constexpr std::string_view kTables[] = {"nat"};
constexpr std::string_view kChains[] = {"PREROUTING", "OUTPUT"};

NatRangeOrError parse(const ModuleInput& module) {
  const OptionUse* use = module.find("to-ports");
  return use == nullptr ? NatRangeOrError{NatRange{}} : parse_nat_ports(use->text, false);
}

void check(const ModuleInput& module) {
  if (const OptionUse* use = module.find("to-ports")) check_nat_range(module, *use, parse(module));
}

void print(const ModuleInput& module, std::string& out) {
  for (const OptionRow& row : kOptions) {
    const OptionUse* use = module.find(row.name);
    if (use == nullptr) continue;
    append_option(out, *use);
    if (row.type == ValueType::kText) out += ' ' + nat_ports_text(checked_range(parse(module)));
  }
}

void lower(const ModuleInput& module, Lowering& out) {
  lower_nat(module, ir::Nat::Kind::kRedirect, checked_range(parse(module)), out);
}

}  // namespace

extern const Extension kTargetRedirect{
    .name = "REDIRECT",
    .kind = ExtensionKind::kTarget,
    .options = kOptions,
    .check = check,
    .print = print,
    .lower = lower,
    .tables = kTables,
    .chains = kChains,
};

}  // namespace nfproof::compiler
