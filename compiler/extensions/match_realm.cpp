// SPDX-License-Identifier: Apache-2.0
// -m realm: the routing realm of the destination (net/netfilter/xt_realm.c).
#include "compiler/extensions/common.h"

namespace nfproof::compiler {
namespace {

constexpr OptionRow kOptions[] = {
    {.name = "realm", .type = ValueType::kMarkMask, .negatable = true, .required = true},
};
constexpr std::string_view kChains[] = {"INPUT", "FORWARD", "OUTPUT", "POSTROUTING"};

void lower(const ModuleInput& module, Lowering& out) {
  const OptionUse& use = *module.find("realm");
  const MarkMask& realm = mark_of(use);
  out.when_looked_up(field_test(ir::FieldId::kRealm, ir::ValueSet::of_masks({{realm.value, realm.mask}})), use.negated);
}

}  // namespace

extern const Extension kMatchRealm{
    .name = "realm",
    .kind = ExtensionKind::kMatch,
    .families = Families::kIpv4,
    .options = kOptions,
    .lower = lower,
    .chains = kChains,
};

}  // namespace nfproof::compiler
