// SPDX-License-Identifier: Apache-2.0
// Rows of the ways.
#include "analyzer/regions/way.h"

namespace nfproof::analyzer {

std::string_view way_name(HostWay way) {
  switch (way) {
    case HostWay::kInput: return "input";
    case HostWay::kForward: return "forward";
    case HostWay::kOutput: return "output";
  }
  return "";
}

ir::Hook way_hook(HostWay way) {
  switch (way) {
    case HostWay::kInput: return ir::Hook::kInput;
    case HostWay::kForward: return ir::Hook::kForward;
    case HostWay::kOutput: return ir::Hook::kOutput;
  }
  return ir::Hook::kInput;
}

std::vector<WayStep> way_steps(const ir::Ruleset& ruleset, ir::Family family, HostWay way) {
  std::vector<ir::Hook> hooks;
  if (way != HostWay::kOutput) hooks.push_back(ir::Hook::kPrerouting);
  hooks.push_back(way_hook(way));
  if (way != HostWay::kInput) hooks.push_back(ir::Hook::kPostrouting);
  std::vector<WayStep> steps;
  bool translated = false;
  for (const ir::Hook hook : hooks)
    for (const ir::ChainId chain : ruleset.base_chains(family, hook)) {
      const bool first = hook == ir::Hook::kPrerouting || hook == ir::Hook::kOutput;
      steps.push_back({chain, hook, first && ruleset.chain(chain).base->priority < ir::kPriorityConntrack,
                       ruleset.translates(chain), ruleset.filters(chain), translated});
      translated = translated || steps.back().nat;
    }
  return steps;
}

}  // namespace nfproof::analyzer
