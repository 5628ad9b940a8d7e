// SPDX-License-Identifier: Apache-2.0
// -m nfacct: counts into a named object and asks for its quota (net/netfilter/xt_nfacct.c). Known, without meaning
// here.
#include "compiler/extensions/extension.h"

namespace nfproof::compiler {
namespace {

constexpr OptionRow kOptions[] = {
    {.name = "nfacct-name", .type = ValueType::kText, .required = true, .max = 31},
};

}  // namespace

extern const Extension kMatchNfacct{
    .name = "nfacct",
    .kind = ExtensionKind::kMatch,
    .options = kOptions,
    .stateful = true,
};

}  // namespace nfproof::compiler
