// SPDX-License-Identifier: Apache-2.0
// -m socket: a local socket waits for the packet (net/netfilter/xt_socket.c). Known, without meaning here.
#include "compiler/extensions/extension.h"

namespace nfproof::compiler {
namespace {

constexpr OptionRow kOptions[] = {
    {.name = "transparent"},
    {.name = "nowildcard"},
    {.name = "restore-skmark"},
};
constexpr std::string_view kChains[] = {"PREROUTING", "INPUT"};

}  // namespace

extern const Extension kMatchSocket{
    .name = "socket",
    .kind = ExtensionKind::kMatch,
    .options = kOptions,
    .chains = kChains,
};

}  // namespace nfproof::compiler
