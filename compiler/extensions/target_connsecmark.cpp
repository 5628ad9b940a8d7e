// SPDX-License-Identifier: Apache-2.0
// -j CONNSECMARK: copies the security mark to or from the connection (net/netfilter/xt_CONNSECMARK.c).
#include "compiler/extensions/common.h"

namespace nfproof::compiler {
namespace {

constexpr OptionRow kOptions[] = {
    {.name = "save"},
    {.name = "restore"},
};
constexpr std::string_view kTables[] = {"mangle", "security"};

void check(const ModuleInput& module) { exactly_one(module, {"save", "restore"}); }

}  // namespace

extern const Extension kTargetConnsecmark{
    .name = "CONNSECMARK",
    .kind = ExtensionKind::kTarget,
    .options = kOptions,
    .check = check,
    .aside = true,
    .tables = kTables,
};

}  // namespace nfproof::compiler
