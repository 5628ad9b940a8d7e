// SPDX-License-Identifier: Apache-2.0
// -m rpfilter: the reply would leave by the interface the packet came from (net/ipv4/netfilter/ipt_rpfilter.c). Known,
// without meaning here.
#include "compiler/extensions/extension.h"

namespace nfproof::compiler {
namespace {

constexpr OptionRow kOptions[] = {
    {.name = "loose"},
    {.name = "validmark"},
    {.name = "accept-local"},
    {.name = "invert"},
};
constexpr std::string_view kTables[] = {"raw", "mangle"};
constexpr std::string_view kChains[] = {"PREROUTING"};

}  // namespace

extern const Extension kMatchRpfilter{
    .name = "rpfilter",
    .kind = ExtensionKind::kMatch,
    .options = kOptions,
    .tables = kTables,
    .chains = kChains,
};

}  // namespace nfproof::compiler
