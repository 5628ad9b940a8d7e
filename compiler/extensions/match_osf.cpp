// SPDX-License-Identifier: Apache-2.0
// -m osf: a guess at the operating system of the sender (net/netfilter/xt_osf.c). Known, without meaning here.
#include "compiler/extensions/extension.h"

namespace nfproof::compiler {
namespace {

constexpr OptionRow kOptions[] = {
    {.name = "genre", .type = ValueType::kText, .negatable = true, .required = true, .max = 31},
    {.name = "ttl", .type = ValueType::kNumber, .max = 2},
    {.name = "log", .type = ValueType::kNumber, .max = 2},
};
constexpr std::string_view kChains[] = {"PREROUTING", "INPUT", "FORWARD"};

}  // namespace

extern const Extension kMatchOsf{
    .name = "osf",
    .kind = ExtensionKind::kMatch,
    .options = kOptions,
    .stateful = true,
    .chains = kChains,
    .protocol = ir::kProtoTcp,
};

}  // namespace nfproof::compiler
