// SPDX-License-Identifier: Apache-2.0
// -m comment: a remark in the rule; always true (net/netfilter/xt_comment.c).
#include "compiler/extensions/common.h"

namespace nfproof::compiler {
namespace {

constexpr OptionRow kOptions[] = {
    {.name = "comment", .type = ValueType::kText, .required = true, .max = 255},
};

void lower(const ModuleInput& module, Lowering& out) {
  if (const OptionUse* use = module.find("comment")) out.comment(text_of(*use));
}

}  // namespace

extern const Extension kMatchComment{
    .name = "comment",
    .kind = ExtensionKind::kMatch,
    .options = kOptions,
    .lower = lower,
};

}  // namespace nfproof::compiler
