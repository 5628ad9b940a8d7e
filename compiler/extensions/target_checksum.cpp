// SPDX-License-Identifier: Apache-2.0
// -j CHECKSUM: fills in a checksum that hardware would have computed (net/netfilter/xt_CHECKSUM.c). The packet goes on.
#include "compiler/extensions/extension.h"

namespace nfproof::compiler {
namespace {

constexpr OptionRow kOptions[] = {
    {.name = "checksum-fill", .required = true},
};
constexpr std::string_view kTables[] = {"mangle"};

}  // namespace

extern const Extension kTargetChecksum{
    .name = "CHECKSUM",
    .kind = ExtensionKind::kTarget,
    .options = kOptions,
    .aside = true,
    .tables = kTables,
};

}  // namespace nfproof::compiler
