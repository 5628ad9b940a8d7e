// SPDX-License-Identifier: Apache-2.0
// -m eui64: the IPv6 source was made from the Ethernet address (net/ipv6/netfilter/ip6t_eui64.c).
#include "compiler/extensions/common.h"

namespace nfproof::compiler {
namespace {

constexpr std::string_view kChains[] = {"PREROUTING", "INPUT", "FORWARD"};

void lower(const ModuleInput&, Lowering& out) {
  out.when(field_test(ir::FieldId::kIp6Eui64, ir::ValueSet::of_value(1)));
}

}  // namespace

extern const Extension kMatchEui64{
    .name = "eui64",
    .kind = ExtensionKind::kMatch,
    .families = Families::kIpv6,
    .lower = lower,
    .chains = kChains,
};

}  // namespace nfproof::compiler
