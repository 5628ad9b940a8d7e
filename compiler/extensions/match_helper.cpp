// SPDX-License-Identifier: Apache-2.0
// -m helper: the helper of the connection (net/netfilter/xt_helper.c).
#include "compiler/extensions/common.h"

namespace nfproof::compiler {
namespace {

constexpr OptionRow kOptions[] = {
    {.name = "helper", .type = ValueType::kText, .negatable = true, .required = true},
};

void lower(const ModuleInput& module, Lowering& out) {
  const OptionUse& use = *module.find("helper");
  out.when_not(use.negated, ir::HelperTest{text_of(use)});
}

}  // namespace

extern const Extension kMatchHelper{
    .name = "helper",
    .kind = ExtensionKind::kMatch,
    .options = kOptions,
    .lower = lower,
};

}  // namespace nfproof::compiler
