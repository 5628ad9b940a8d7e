// SPDX-License-Identifier: Apache-2.0
// What targets do to a packet and its connection, one function for each kind of effect.
#pragma once

#include <cstdint>

#include "compiler/ir/core.h"
#include "compiler/ir/hook.h"
#include "sim/engine.h"

namespace nfproof::sim {

struct EffectContext {
  Traveller& traveller;
  ir::RuleRef rule;
  ir::Hook hook;
  Nat* nat = nullptr;
  Sets* sets = nullptr;
  std::uint16_t mtu = 1500;
  const ir::Host& host;
  const Journal& journal;
  Walk& walk;
};

/// False: the effect drops the packet (`Walk::reason` says why).
[[nodiscard]] bool apply_effect(const ir::Effect& effect, const EffectContext& context);

}  // namespace nfproof::sim
