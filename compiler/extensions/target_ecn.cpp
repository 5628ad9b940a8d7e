// SPDX-License-Identifier: Apache-2.0
// -j ECN: removes the congestion bits of TCP (net/ipv4/netfilter/ipt_ECN.c). Known, without meaning here.
#include "compiler/extensions/extension.h"

namespace nfproof::compiler {
namespace {

constexpr OptionRow kOptions[] = {
    {.name = "ecn-tcp-remove", .required = true},
};
constexpr std::string_view kTables[] = {"mangle"};

}  // namespace

extern const Extension kTargetEcn{
    .name = "ECN",
    .kind = ExtensionKind::kTarget,
    .families = Families::kIpv4,
    .options = kOptions,
    .tables = kTables,
    .protocol = ir::kProtoTcp,
};

}  // namespace nfproof::compiler
