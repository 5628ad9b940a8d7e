// SPDX-License-Identifier: Apache-2.0
// -j AUDIT: writes an audit record (net/netfilter/xt_AUDIT.c). The packet goes on.
#include "compiler/extensions/extension.h"

namespace nfproof::compiler {
namespace {

constexpr NameValue kTypes[] = {{"accept", 0}, {"drop", 1}, {"reject", 2}};

constexpr OptionRow kOptions[] = {
    {.name = "type", .type = ValueType::kName, .required = true, .names = kTypes},
};

}  // namespace

extern const Extension kTargetAudit{
    .name = "AUDIT",
    .kind = ExtensionKind::kTarget,
    .options = kOptions,
    .aside = true,
};

}  // namespace nfproof::compiler
