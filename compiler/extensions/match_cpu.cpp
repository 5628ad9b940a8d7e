// SPDX-License-Identifier: Apache-2.0
// -m cpu: the processor that handles the packet (net/netfilter/xt_cpu.c).
#include "compiler/extensions/common.h"

namespace nfproof::compiler {
namespace {

constexpr OptionRow kOptions[] = {
    {.name = "cpu", .type = ValueType::kNumber, .negatable = true, .required = true},
};

void lower(const ModuleInput& module, Lowering& out) {
  const OptionUse& use = *module.find("cpu");
  out.when_not(use.negated, field_test(ir::FieldId::kCpu, ir::ValueSet::of_value(number_of(use))));
}

}  // namespace

extern const Extension kMatchCpu{
    .name = "cpu",
    .kind = ExtensionKind::kMatch,
    .options = kOptions,
    .lower = lower,
};

}  // namespace nfproof::compiler
