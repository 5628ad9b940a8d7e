// SPDX-License-Identifier: Apache-2.0
// -m eui64: the IPv6 source was made from the Ethernet address (net/ipv6/netfilter/ip6t_eui64.c). Known, without
// meaning here.
#include "compiler/extensions/extension.h"

namespace nfproof::compiler {
namespace {

constexpr std::string_view kChains[] = {"PREROUTING", "INPUT", "FORWARD"};

}  // namespace

extern const Extension kMatchEui64{
    .name = "eui64",
    .kind = ExtensionKind::kMatch,
    .families = Families::kIpv6,
    .chains = kChains,
};

}  // namespace nfproof::compiler
