// SPDX-License-Identifier: Apache-2.0
// -j TPROXY: gives the packet to a local socket (net/netfilter/xt_TPROXY.c).
#include "compiler/extensions/common.h"

namespace nfproof::compiler {
namespace {

constexpr OptionRow kOptions[] = {
    {.name = "on-port", .type = ValueType::kPort, .required = true},
    {.name = "on-ip", .type = ValueType::kText},
    {.name = "tproxy-mark", .type = ValueType::kMarkMask},
};
constexpr std::string_view kTables[] = {"mangle"};
constexpr std::string_view kChains[] = {"PREROUTING"};

void check(const ModuleInput& module) {
  if (!needs_protocol(module, {ir::kProtoTcp, ir::kProtoUdp}, "`-p tcp` or `-p udp`")) return;
  const OptionUse* use = module.find("on-ip");
  if (use != nullptr && !ir::parse_address(use->text, module.family))
    module.error(use->value_span, "`--on-ip` expects an address, got `" + use->text + '`');
}

void print(const ModuleInput& module, std::string& out) {
  const OptionUse* ip = module.find("on-ip");
  const ir::u128 address = ip == nullptr ? 0 : ir::parse_address(ip->text, module.family).value_or(0);
  const OptionUse* mark = module.find("tproxy-mark");
  const MarkMask change = mark == nullptr ? MarkMask{0, 0, true} : mark_of(*mark);
  out += " --on-port " + std::to_string(number_of(*module.find("on-port")));
  out += " --on-ip " + ir::format_address(address, module.family);
  out += " --tproxy-mark " + hex(change.value) + '/' + hex(change.mask);
}

void lower(const ModuleInput& module, Lowering& out) {
  const OptionUse* ip = module.find("on-ip");
  const OptionUse* mark = module.find("tproxy-mark");
  const MarkMask change = mark == nullptr ? MarkMask{0, 0, true} : mark_of(*mark);
  ir::GiveToSocket effect;
  effect.address = ip == nullptr ? 0 : ir::parse_address(ip->text, module.family).value_or(0);
  effect.port = static_cast<std::uint16_t>(number_of(*module.find("on-port")));
  effect.mark = change.value;
  effect.mask = change.mask;
  out.effect(effect);
  out.verdict({.kind = ir::VerdictKind::kAccept});
}

}  // namespace

extern const Extension kTargetTproxy{
    .name = "TPROXY",
    .kind = ExtensionKind::kTarget,
    .options = kOptions,
    .check = check,
    .print = print,
    .lower = lower,
    .opaque_verdict = ir::VerdictKind::kAccept,
    .tables = kTables,
    .chains = kChains,
};

}  // namespace nfproof::compiler
