// SPDX-License-Identifier: Apache-2.0
// -m quota: true until a number of bytes has passed the rule (net/netfilter/xt_quota.c). Known, without meaning here.
#include "compiler/extensions/extension.h"

namespace nfproof::compiler {
namespace {

constexpr OptionRow kOptions[] = {
    {.name = "quota", .type = ValueType::kNumber, .negatable = true, .required = true, .max = ~std::uint64_t{0}},
};

}  // namespace

extern const Extension kMatchQuota{
    .name = "quota",
    .kind = ExtensionKind::kMatch,
    .options = kOptions,
    .stateful = true,
};

}  // namespace nfproof::compiler
