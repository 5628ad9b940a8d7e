// SPDX-License-Identifier: Apache-2.0
// -m ecn: the congestion bits of IP and TCP (net/netfilter/xt_ecn.c).
#include "compiler/extensions/common.h"
#include "compiler/ir/loose_flags.h"

namespace nfproof::compiler {
namespace {

constexpr OptionRow kOptions[] = {
    {.name = "ecn-tcp-ece", .negatable = true},
    {.name = "ecn-tcp-cwr", .negatable = true},
    {.name = "ecn-ip-ect", .type = ValueType::kNumber, .negatable = true, .max = 3},
};

void check(const ModuleInput& module) {
  if (!at_least_one(module, {"ecn-tcp-ece", "ecn-tcp-cwr", "ecn-ip-ect"})) return;
  if (module.has("ecn-tcp-ece") || module.has("ecn-tcp-cwr"))
    needs_protocol(module, {ir::kProtoTcp}, "`-p tcp` for TCP bits");
}

void lower(const ModuleInput& module, Lowering& out) {
  constexpr std::uint32_t kEce = 0x40;
  constexpr std::uint32_t kCwr = 0x80;
  const auto flag = [&](std::string_view option, std::uint32_t bit) {
    if (const OptionUse* use = module.find(option))
      out.when(
          ir::FieldTest{ir::FieldId::kTcpFlags, ir::kLooseFlags, use->negated, ir::ValueSet::of_masks({{bit, bit}})});
  };
  flag("ecn-tcp-ece", kEce);
  flag("ecn-tcp-cwr", kCwr);
  if (const OptionUse* use = module.find("ecn-ip-ect"))
    out.when(field_test(by_family(module, ir::FieldId::kIpTos, ir::FieldId::kIp6Tclass),
                        ir::ValueSet::of_masks({{number_of(*use), 3}}), use->negated));
}

}  // namespace

extern const Extension kMatchEcn{
    .name = "ecn",
    .kind = ExtensionKind::kMatch,
    .options = kOptions,
    .check = check,
    .lower = lower,
};

}  // namespace nfproof::compiler
