// SPDX-License-Identifier: Apache-2.0
// -m dst: the destination options header of IPv6 (net/ipv6/netfilter/ip6t_hbh.c).
#include "compiler/extensions/common.h"
#include "compiler/extensions/ip6_options.h"

namespace nfproof::compiler {
namespace {

constexpr OptionRow kOptions[] = {
    {.name = "dst-len", .type = ValueType::kNumber, .negatable = true},
    {.name = "dst-opts", .type = ValueType::kText},
};

void check(const ModuleInput& module) { check_ip6_options(module, "dst-opts"); }
void print(const ModuleInput& module, std::string& out) { print_ip6_options(module, "dst-len", "dst-opts", out); }

void lower(const ModuleInput& module, Lowering& out) {
  lower_range(module, "dst-len", ir::FieldId::kDstLength, out);
  lower_ip6_options(module, "dst-opts", true, out);
}

}  // namespace

extern const Extension kMatchDst{
    .name = "dst",
    .kind = ExtensionKind::kMatch,
    .families = Families::kIpv6,
    .options = kOptions,
    .check = check,
    .print = print,
    .lower = lower,
};

}  // namespace nfproof::compiler
