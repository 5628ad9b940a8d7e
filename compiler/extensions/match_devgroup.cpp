// SPDX-License-Identifier: Apache-2.0
// -m devgroup: the device groups of the interfaces (net/netfilter/xt_devgroup.c). Known, without meaning here.
#include "compiler/extensions/common.h"

namespace nfproof::compiler {
namespace {

constexpr OptionRow kOptions[] = {
    {.name = "src-group", .type = ValueType::kMarkMask, .negatable = true},
    {.name = "dst-group", .type = ValueType::kMarkMask, .negatable = true},
};

void check(const ModuleInput& module) {
  at_least_one(module, {"src-group", "dst-group"});
  refuse_chains(module, "src-group", {"OUTPUT", "POSTROUTING"});
  refuse_chains(module, "dst-group", {"PREROUTING", "INPUT"});
}

}  // namespace

extern const Extension kMatchDevgroup{
    .name = "devgroup",
    .kind = ExtensionKind::kMatch,
    .options = kOptions,
    .check = check,
};

}  // namespace nfproof::compiler
