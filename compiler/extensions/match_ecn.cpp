// SPDX-License-Identifier: Apache-2.0
// -m ecn: the congestion bits of IP and TCP (net/netfilter/xt_ecn.c). Known, without meaning here.
#include "compiler/extensions/common.h"

namespace nfproof::compiler {
namespace {

constexpr OptionRow kOptions[] = {
    {.name = "ecn-tcp-ece", .negatable = true},
    {.name = "ecn-tcp-cwr", .negatable = true},
    {.name = "ecn-ip-ect", .type = ValueType::kNumber, .negatable = true, .max = 3},
};

void check(const ModuleInput& module) {
  if (!at_least_one(module, {"ecn-tcp-ece", "ecn-tcp-cwr", "ecn-ip-ect"})) return;
  if (module.has("ecn-tcp-ece") || module.has("ecn-tcp-cwr"))
    needs_protocol(module, {ir::kProtoTcp}, "`-p tcp` for TCP bits");
}

}  // namespace

extern const Extension kMatchEcn{
    .name = "ecn",
    .kind = ExtensionKind::kMatch,
    .options = kOptions,
    .check = check,
};

}  // namespace nfproof::compiler
