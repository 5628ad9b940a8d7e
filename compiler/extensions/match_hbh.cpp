// SPDX-License-Identifier: Apache-2.0
// -m hbh: the hop-by-hop options header of IPv6 (net/ipv6/netfilter/ip6t_hbh.c). Known, without meaning here.
#include "compiler/extensions/common.h"
#include "compiler/extensions/ip6_options.h"

namespace nfproof::compiler {
namespace {

constexpr OptionRow kOptions[] = {
    {.name = "hbh-len", .type = ValueType::kNumber, .negatable = true},
    {.name = "hbh-opts", .type = ValueType::kText},
};

void check(const ModuleInput& module) {
  if (const OptionUse* use = module.find("hbh-opts")) check_ip6_options(module, *use);
}

void print(const ModuleInput& module, std::string& out) {
  if (const OptionUse* use = module.find("hbh-len")) append_option(out, *use, std::to_string(number_of(*use)));
  if (const OptionUse* use = module.find("hbh-opts")) append_option(out, *use, ip6_options_text(*use));
}

}  // namespace

extern const Extension kMatchHbh{
    .name = "hbh",
    .kind = ExtensionKind::kMatch,
    .families = Families::kIpv6,
    .options = kOptions,
    .check = check,
    .print = print,
};

}  // namespace nfproof::compiler
