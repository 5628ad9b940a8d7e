// SPDX-License-Identifier: Apache-2.0
// -m cpu: the processor that handles the packet (net/netfilter/xt_cpu.c). Known, without meaning here.
#include "compiler/extensions/extension.h"

namespace nfproof::compiler {
namespace {

constexpr OptionRow kOptions[] = {
    {.name = "cpu", .type = ValueType::kNumber, .negatable = true, .required = true},
};

}  // namespace

extern const Extension kMatchCpu{
    .name = "cpu",
    .kind = ExtensionKind::kMatch,
    .options = kOptions,
    .stateful = true,
};

}  // namespace nfproof::compiler
