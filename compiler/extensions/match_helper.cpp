// SPDX-License-Identifier: Apache-2.0
// -m helper: the helper of the connection (net/netfilter/xt_helper.c). Known, without meaning here.
#include "compiler/extensions/extension.h"

namespace nfproof::compiler {
namespace {

constexpr OptionRow kOptions[] = {
    {.name = "helper", .type = ValueType::kText, .negatable = true, .required = true},
};

}  // namespace

extern const Extension kMatchHelper{
    .name = "helper",
    .kind = ExtensionKind::kMatch,
    .options = kOptions,
};

}  // namespace nfproof::compiler
