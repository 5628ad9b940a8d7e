// SPDX-License-Identifier: Apache-2.0
// -j ECN: removes the congestion bits of TCP (net/ipv4/netfilter/ipt_ECN.c).
#include "compiler/extensions/extension.h"

namespace nfproof::compiler {
namespace {

constexpr OptionRow kOptions[] = {
    {.name = "ecn-tcp-remove", .required = true},
};
constexpr std::string_view kTables[] = {"mangle"};

void lower(const ModuleInput&, Lowering& out) {
  constexpr std::uint32_t kEceAndCwr = 0xc0;
  out.effect(ir::SetField{ir::FieldId::kTcpFlags, 0, kEceAndCwr});
}

}  // namespace

extern const Extension kTargetEcn{
    .name = "ECN",
    .kind = ExtensionKind::kTarget,
    .families = Families::kIpv4,
    .options = kOptions,
    .lower = lower,
    .tables = kTables,
    .protocol = ir::kProtoTcp,
};

}  // namespace nfproof::compiler
