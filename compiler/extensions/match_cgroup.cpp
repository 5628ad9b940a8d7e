// SPDX-License-Identifier: Apache-2.0
// -m cgroup: the control group of the socket (net/netfilter/xt_cgroup.c). Known, without meaning here.
#include "compiler/extensions/common.h"

namespace nfproof::compiler {
namespace {

constexpr OptionRow kOptions[] = {
    {.name = "cgroup", .type = ValueType::kNumber, .negatable = true},
    {.name = "path", .type = ValueType::kText, .negatable = true, .max = 511},
};
constexpr std::string_view kChains[] = {"INPUT", "OUTPUT", "POSTROUTING"};

void check(const ModuleInput& module) { exactly_one(module, {"cgroup", "path"}); }

}  // namespace

extern const Extension kMatchCgroup{
    .name = "cgroup",
    .kind = ExtensionKind::kMatch,
    .options = kOptions,
    .check = check,
    .chains = kChains,
};

}  // namespace nfproof::compiler
