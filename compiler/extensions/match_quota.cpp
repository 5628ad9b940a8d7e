// SPDX-License-Identifier: Apache-2.0
// -m quota: true until a number of bytes has passed the rule (net/netfilter/xt_quota.c).
#include "compiler/extensions/common.h"

namespace nfproof::compiler {
namespace {

constexpr OptionRow kOptions[] = {
    {.name = "quota", .type = ValueType::kNumber, .negatable = true, .required = true, .max = ~std::uint64_t{0}},
};

void lower(const ModuleInput& module, Lowering& out) {
  const OptionUse& use = *module.find("quota");
  out.when(ir::Quota{number_of(use), use.negated});
}

}  // namespace

extern const Extension kMatchQuota{
    .name = "quota",
    .kind = ExtensionKind::kMatch,
    .options = kOptions,
    .lower = lower,
};

}  // namespace nfproof::compiler
