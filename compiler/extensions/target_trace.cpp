// SPDX-License-Identifier: Apache-2.0
// -j TRACE: lets the kernel report the way of the packet (net/netfilter/xt_TRACE.c). The packet goes on unchanged.
#include "compiler/extensions/extension.h"

namespace nfproof::compiler {
namespace {

constexpr std::string_view kTables[] = {"raw"};

}  // namespace

extern const Extension kTargetTrace{
    .name = "TRACE",
    .kind = ExtensionKind::kTarget,
    .aside = true,
    .tables = kTables,
};

}  // namespace nfproof::compiler
