// SPDX-License-Identifier: Apache-2.0
// -m mac: the source address of the Ethernet header (net/netfilter/xt_mac.c). Never true, also negated, for packets
// that did not come over Ethernet.
#include "compiler/extensions/common.h"

namespace nfproof::compiler {
namespace {

constexpr OptionRow kOptions[] = {
    {.name = "mac-source", .type = ValueType::kMac, .negatable = true, .required = true},
};
constexpr std::string_view kChains[] = {"PREROUTING", "INPUT", "FORWARD"};

void lower(const ModuleInput& module, Lowering& out) {
  const OptionUse& use = *module.find("mac-source");
  out.when(field_test(ir::FieldId::kEtherSaddr, ir::ValueSet::of_value(number_of(use)), use.negated));
}

}  // namespace

extern const Extension kMatchMac{
    .name = "mac",
    .kind = ExtensionKind::kMatch,
    .options = kOptions,
    .lower = lower,
    .chains = kChains,
};

}  // namespace nfproof::compiler
