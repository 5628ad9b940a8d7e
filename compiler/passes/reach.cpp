// SPDX-License-Identifier: Apache-2.0
// Hooks that reach chains: see reach.h.
#include "compiler/passes/reach.h"

namespace nfproof::compiler {

bool decides_everything(const ir::Rule& rule) {
  if (!rule.basic.empty() || !rule.matches.empty() || !rule.when.empty() || !rule.effects.empty()) return false;
  switch (rule.verdict.kind) {
    case ir::VerdictKind::kAccept:
    case ir::VerdictKind::kDrop:
    case ir::VerdictKind::kReturn: return true;
    case ir::VerdictKind::kReject:
    case ir::VerdictKind::kQueue:
    case ir::VerdictKind::kContinue:
    case ir::VerdictKind::kJump:
    case ir::VerdictKind::kGoto: return false;
  }
  return false;
}

bool is_jump(const ir::Rule& rule) {
  return rule.verdict.kind == ir::VerdictKind::kJump || rule.verdict.kind == ir::VerdictKind::kGoto;
}

std::vector<std::uint8_t> reaching_hooks(const ir::Ruleset& ruleset) {
  std::vector<std::uint8_t> hooks(ruleset.chains.size(), 0);
  std::vector<ir::ChainId> open;
  const auto reach = [&](ir::ChainId id, std::uint8_t bits) {
    std::uint8_t& known = hooks[static_cast<std::size_t>(id)];
    if ((known | bits) == known) return;
    known = static_cast<std::uint8_t>(known | bits);
    open.push_back(id);
  };
  for (std::size_t i = 0; i < ruleset.chains.size(); ++i) {
    const ir::Chain& chain = ruleset.chains[i];
    if (chain.base)
      reach(ir::ChainId{static_cast<std::uint32_t>(i)},
            static_cast<std::uint8_t>(1U << static_cast<unsigned>(chain.base->hook)));
  }
  while (!open.empty()) {
    const ir::ChainId id = open.back();
    open.pop_back();
    const ir::Chain& chain = ruleset.chain(id);
    const std::size_t end = walked_rules(chain.rules);
    for (std::size_t i = 0; i < end; ++i)
      if (is_jump(chain.rules[i])) reach(chain.rules[i].verdict.chain, hooks[static_cast<std::size_t>(id)]);
  }
  return hooks;
}

}  // namespace nfproof::compiler
