// SPDX-License-Identifier: Apache-2.0
// -m dst: the destination options header of IPv6 (net/ipv6/netfilter/ip6t_hbh.c). Known, without meaning here.
#include "compiler/extensions/common.h"
#include "compiler/extensions/ip6_options.h"

namespace nfproof::compiler {
namespace {

constexpr OptionRow kOptions[] = {
    {.name = "dst-len", .type = ValueType::kNumber, .negatable = true},
    {.name = "dst-opts", .type = ValueType::kText},
};

void check(const ModuleInput& module) {
  if (const OptionUse* use = module.find("dst-opts")) check_ip6_options(module, *use);
}

void print(const ModuleInput& module, std::string& out) {
  if (const OptionUse* use = module.find("dst-len")) append_option(out, *use, std::to_string(number_of(*use)));
  if (const OptionUse* use = module.find("dst-opts")) append_option(out, *use, ip6_options_text(*use));
}

}  // namespace

extern const Extension kMatchDst{
    .name = "dst",
    .kind = ExtensionKind::kMatch,
    .families = Families::kIpv6,
    .options = kOptions,
    .check = check,
    .print = print,
};

}  // namespace nfproof::compiler
