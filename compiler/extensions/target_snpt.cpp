// SPDX-License-Identifier: Apache-2.0
// -j SNPT: rewrites the IPv6 source prefix without keeping state (net/ipv6/netfilter/ip6t_NPT.c).
#include "compiler/extensions/npt.h"

namespace nfproof::compiler {
namespace {

constexpr OptionRow kOptions[] = {
    {.name = "src-pfx", .type = ValueType::kNetwork, .required = true},
    {.name = "dst-pfx", .type = ValueType::kNetwork, .required = true},
};
constexpr std::string_view kTables[] = {"mangle"};
constexpr std::string_view kChains[] = {"INPUT", "POSTROUTING"};

void lower(const ModuleInput& module, Lowering& out) { lower_prefixes(module, false, out); }

}  // namespace

extern const Extension kTargetSnpt{
    .name = "SNPT",
    .kind = ExtensionKind::kTarget,
    .families = Families::kIpv6,
    .options = kOptions,
    .check = check_prefixes,
    .lower = lower,
    .tables = kTables,
    .chains = kChains,
};

}  // namespace nfproof::compiler
