// SPDX-License-Identifier: Apache-2.0
// -m hbh: the hop-by-hop options header of IPv6 (net/ipv6/netfilter/ip6t_hbh.c).
#include "compiler/extensions/common.h"
#include "compiler/extensions/ip6_options.h"

namespace nfproof::compiler {
namespace {

constexpr OptionRow kOptions[] = {
    {.name = "hbh-len", .type = ValueType::kNumber, .negatable = true},
    {.name = "hbh-opts", .type = ValueType::kText},
};

void check(const ModuleInput& module) { check_ip6_options(module, "hbh-opts"); }
void print(const ModuleInput& module, std::string& out) { print_ip6_options(module, "hbh-len", "hbh-opts", out); }

void lower(const ModuleInput& module, Lowering& out) {
  lower_range(module, "hbh-len", ir::FieldId::kHbhLength, out);
  lower_ip6_options(module, "hbh-opts", false, out);
}

}  // namespace

extern const Extension kMatchHbh{
    .name = "hbh",
    .kind = ExtensionKind::kMatch,
    .families = Families::kIpv6,
    .options = kOptions,
    .check = check,
    .print = print,
    .lower = lower,
};

}  // namespace nfproof::compiler
