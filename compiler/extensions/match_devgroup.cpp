// SPDX-License-Identifier: Apache-2.0
// -m devgroup: the device groups of the interfaces (net/netfilter/xt_devgroup.c).
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

void lower(const ModuleInput& module, Lowering& out) {
  const auto test = [&](std::string_view option, ir::FieldId field) {
    const OptionUse* use = module.find(option);
    if (use == nullptr) return;
    const MarkMask& group = mark_of(*use);
    out.when_not(use->negated, field_test(field, ir::ValueSet::of_masks({{group.value & group.mask, group.mask}})));
  };
  test("src-group", ir::FieldId::kIifGroup);
  test("dst-group", ir::FieldId::kOifGroup);
}

}  // namespace

extern const Extension kMatchDevgroup{
    .name = "devgroup",
    .kind = ExtensionKind::kMatch,
    .options = kOptions,
    .check = check,
    .lower = lower,
};

}  // namespace nfproof::compiler
