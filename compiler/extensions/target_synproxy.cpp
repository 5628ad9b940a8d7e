// SPDX-License-Identifier: Apache-2.0
// -j SYNPROXY: answers a SYN in the name of the server (net/netfilter/ipt_SYNPROXY.c).
#include "compiler/extensions/common.h"

namespace nfproof::compiler {
namespace {

constexpr OptionRow kOptions[] = {
    {.name = "sack-perm"},
    {.name = "timestamp"},
    {.name = "wscale", .type = ValueType::kNumber, .max = 14},
    {.name = "mss", .type = ValueType::kNumber, .max = 65535},
    {.name = "ecn"},
};
constexpr std::string_view kChains[] = {"INPUT", "FORWARD"};

void lower(const ModuleInput& module, Lowering& out) {
  ir::AnswerSyn effect;
  effect.sack_permitted = module.has("sack-perm");
  effect.timestamp = module.has("timestamp");
  effect.ecn = module.has("ecn");
  if (const OptionUse* use = module.find("wscale")) effect.window_scale = static_cast<std::uint8_t>(number_of(*use));
  if (const OptionUse* use = module.find("mss")) effect.mss = static_cast<std::uint16_t>(number_of(*use));
  out.effect(effect);
  out.verdict({.kind = ir::VerdictKind::kDrop});
}

}  // namespace

extern const Extension kTargetSynproxy{
    .name = "SYNPROXY",
    .kind = ExtensionKind::kTarget,
    .options = kOptions,
    .lower = lower,
    .opaque_verdict = ir::VerdictKind::kDrop,
    .chains = kChains,
    .protocol = ir::kProtoTcp,
};

}  // namespace nfproof::compiler
