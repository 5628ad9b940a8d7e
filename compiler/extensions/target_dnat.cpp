// SPDX-License-Identifier: Apache-2.0
// -j DNAT: a new destination for the connection (net/netfilter/xt_nat.c).
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
constexpr NatTarget kNat{.kind = ir::Nat::Kind::kDnat, .option = "to-destination"};

void check(const ModuleInput& module) { check_nat(module, kNat); }
void print(const ModuleInput& module, std::string& out) { print_nat(module, kNat, out); }
void lower(const ModuleInput& module, Lowering& out) { lower_nat(module, kNat, out); }

}  // namespace

extern const Extension kTargetDnat{
    .name = "DNAT",
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
