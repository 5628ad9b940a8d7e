// SPDX-License-Identifier: Apache-2.0
// -j NETMAP: maps a whole network onto another (net/netfilter/xt_NETMAP.c).
#include "compiler/extensions/extension.h"

namespace nfproof::compiler {
namespace {

constexpr OptionRow kOptions[] = {
    {.name = "to", .type = ValueType::kNetwork, .required = true},
};
constexpr std::string_view kTables[] = {"nat"};
constexpr std::string_view kChains[] = {"PREROUTING", "INPUT", "OUTPUT", "POSTROUTING"};

void lower(const ModuleInput& module, Lowering& out) {
  const auto& network = std::get<Network>(module.find("to")->value);
  const ir::u128 hosts = ir::max_of_bits(ir::address_bits(module.family)) & ~network.mask;
  ir::Nat nat;
  nat.kind = ir::Nat::Kind::kNetmap;
  nat.addresses = ir::Interval{network.value, network.value | hosts};
  out.effect(nat);
  out.verdict({.kind = ir::VerdictKind::kAccept});
}

}  // namespace

extern const Extension kTargetNetmap{
    .name = "NETMAP",
    .kind = ExtensionKind::kTarget,
    .options = kOptions,
    .lower = lower,
    .opaque_verdict = ir::VerdictKind::kAccept,
    .tables = kTables,
    .chains = kChains,
};

}  // namespace nfproof::compiler
