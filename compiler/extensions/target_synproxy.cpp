// SPDX-License-Identifier: Apache-2.0
// -j SYNPROXY: answers a SYN in the name of the server (net/netfilter/ipt_SYNPROXY.c). Known, without meaning here.
#include "compiler/extensions/extension.h"

namespace nfproof::compiler {
namespace {

constexpr OptionRow kOptions[] = {
    {.name = "sack-perm"},
    {.name = "timestamp"},
    {.name = "wscale", .type = ValueType::kNumber, .max = 14},
    {.name = "mss", .type = ValueType::kNumber, .max = 65535},
    {.name = "ecn"},
};
constexpr std::string_view kChains[] = {"INPUT", "FORWARD"};

}  // namespace

extern const Extension kTargetSynproxy{
    .name = "SYNPROXY",
    .kind = ExtensionKind::kTarget,
    .options = kOptions,
    .opaque_verdict = ir::VerdictKind::kDrop,
    .chains = kChains,
    .protocol = ir::kProtoTcp,
};

}  // namespace nfproof::compiler
