// SPDX-License-Identifier: Apache-2.0
// -j SNAT: a new source for the connection (net/netfilter/xt_nat.c).
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
constexpr NatTarget kNat{.kind = ir::Nat::Kind::kSnat, .option = "to-source"};

void check(const ModuleInput& module) { check_nat(module, kNat); }
void print(const ModuleInput& module, std::string& out) { print_nat(module, kNat, out); }
void lower(const ModuleInput& module, Lowering& out) { lower_nat(module, kNat, out); }

}  // namespace

extern const Extension kTargetSnat{
    .name = "SNAT",
    .kind = ExtensionKind::kTarget,
    .options = kOptions,
    .check = check,
    .print = print,
    .lower = lower,
    .opaque_verdict = ir::VerdictKind::kAccept,
    .tables = kTables,
    .chains = kChains,
};

}  // namespace nfproof::compiler
