// SPDX-License-Identifier: Apache-2.0
// -m realm: the routing realm of the destination (net/netfilter/xt_realm.c). Known, without meaning here.
#include "compiler/extensions/extension.h"

namespace nfproof::compiler {
namespace {

constexpr OptionRow kOptions[] = {
    {.name = "realm", .type = ValueType::kMarkMask, .negatable = true, .required = true},
};
constexpr std::string_view kChains[] = {"INPUT", "FORWARD", "OUTPUT", "POSTROUTING"};

}  // namespace

extern const Extension kMatchRealm{
    .name = "realm",
    .kind = ExtensionKind::kMatch,
    .families = Families::kIpv4,
    .options = kOptions,
    .chains = kChains,
};

}  // namespace nfproof::compiler
