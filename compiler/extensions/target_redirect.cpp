// SPDX-License-Identifier: Apache-2.0
// -j REDIRECT: the destination becomes this host (net/netfilter/xt_REDIRECT.c).
#include "compiler/extensions/nat_range.h"

namespace nfproof::compiler {
namespace {

constexpr OptionRow kOptions[] = {
    {.name = "to-ports", .type = ValueType::kText},
    {.name = "random"},
};
constexpr std::string_view kTables[] = {"nat"};
constexpr std::string_view kChains[] = {"PREROUTING", "OUTPUT"};
constexpr NatTarget kNat{.kind = ir::Nat::Kind::kRedirect, .option = "to-ports"};

void check(const ModuleInput& module) { check_nat(module, kNat); }
void print(const ModuleInput& module, std::string& out) { print_nat(module, kNat, out); }
void lower(const ModuleInput& module, Lowering& out) { lower_nat(module, kNat, out); }

}  // namespace

extern const Extension kTargetRedirect{
    .name = "REDIRECT",
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
