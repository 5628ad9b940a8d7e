// SPDX-License-Identifier: Apache-2.0
// -m bpf: a BPF program over the packet (net/netfilter/xt_bpf.c). Known, without meaning here.
#include "compiler/extensions/common.h"

namespace nfproof::compiler {
namespace {

constexpr OptionRow kOptions[] = {
    {.name = "bytecode", .type = ValueType::kText},
    {.name = "object-pinned", .type = ValueType::kText},
};

void check(const ModuleInput& module) { exactly_one(module, {"bytecode", "object-pinned"}); }

}  // namespace

extern const Extension kMatchBpf{
    .name = "bpf",
    .kind = ExtensionKind::kMatch,
    .options = kOptions,
    .check = check,
};

}  // namespace nfproof::compiler
