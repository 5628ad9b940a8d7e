// SPDX-License-Identifier: Apache-2.0
// -m length: the length of the packet from the IP header on (net/netfilter/xt_length.c).
#include "compiler/extensions/common.h"

namespace nfproof::compiler {
namespace {

constexpr OptionRow kOptions[] = {
    {.name = "length", .type = ValueType::kNumberRange, .negatable = true, .required = true, .max = 65535},
};

void lower(const ModuleInput& module, Lowering& out) {
  const OptionUse& use = *module.find("length");
  out.when(field_test(ir::FieldId::kLength, ir::ValueSet::of_range(range_of(use).lo, range_of(use).hi), use.negated));
}

}  // namespace

extern const Extension kMatchLength{
    .name = "length",
    .kind = ExtensionKind::kMatch,
    .options = kOptions,
    .lower = lower,
};

}  // namespace nfproof::compiler
