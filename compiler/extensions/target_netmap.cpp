// SPDX-License-Identifier: Apache-2.0
// -j NETMAP: maps a whole network onto another (net/netfilter/xt_NETMAP.c). Known, without meaning here.
#include "compiler/extensions/extension.h"

namespace nfproof::compiler {
namespace {

constexpr OptionRow kOptions[] = {
    {.name = "to", .type = ValueType::kNetwork, .required = true},
};
constexpr std::string_view kTables[] = {"nat"};
constexpr std::string_view kChains[] = {"PREROUTING", "INPUT", "OUTPUT", "POSTROUTING"};

}  // namespace

extern const Extension kTargetNetmap{
    .name = "NETMAP",
    .kind = ExtensionKind::kTarget,
    .options = kOptions,
    .opaque_verdict = ir::VerdictKind::kAccept,
    .tables = kTables,
    .chains = kChains,
};

}  // namespace nfproof::compiler
