// SPDX-License-Identifier: Apache-2.0
// -m tcpmss: the maximum segment size option of a TCP header (net/netfilter/xt_tcpmss.c). A header without the option
// matches when the test is negated.
#include "compiler/extensions/common.h"

namespace nfproof::compiler {
namespace {

constexpr OptionRow kOptions[] = {
    {.name = "mss", .type = ValueType::kNumberRange, .negatable = true, .required = true, .max = 65535},
};

void lower(const ModuleInput& module, Lowering& out) {
  const OptionUse& use = *module.find("mss");
  ir::FieldTest in_range = field_test(ir::FieldId::kTcpMss, ir::ValueSet::of_range(range_of(use).lo, range_of(use).hi));
  if (!use.negated) {
    out.when(std::move(in_range));
    return;
  }
  out.when(field_test(ir::FieldId::kTcpDport, ir::ValueSet::all(16)));
  out.when(ir::AnyOf{{out.intern(std::move(in_range))}, true});
}

}  // namespace

extern const Extension kMatchTcpmss{
    .name = "tcpmss",
    .kind = ExtensionKind::kMatch,
    .options = kOptions,
    .lower = lower,
    .protocol = ir::kProtoTcp,
};

}  // namespace nfproof::compiler
