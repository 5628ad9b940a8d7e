// SPDX-License-Identifier: Apache-2.0
// The ways of a packet through the host, and the base chains on each in the order of the kernel: from the wire to a
// local process (PREROUTING, INPUT), from the wire to the wire (PREROUTING, FORWARD, POSTROUTING), from a process to
// the wire (OUTPUT, POSTROUTING).
#pragma once

#include <array>
#include <string_view>
#include <vector>

#include "compiler/ir/ruleset.h"

namespace nfproof::analyzer {

enum class HostWay : std::uint8_t { kInput, kForward, kOutput };
inline constexpr std::array<HostWay, 3> kHostWays = {HostWay::kInput, HostWay::kForward, HostWay::kOutput};
[[nodiscard]] std::string_view way_name(HostWay way);  ///< `input`, `forward`, `output`
[[nodiscard]] ir::Hook way_hook(HostWay way);          ///< the hook in its middle

struct WayStep {
  ir::ChainId chain{};
  ir::Hook hook{};
  bool before_tracking = false;
  bool nat = false;        ///< seen by new connections only
  bool filter = false;     ///< of the filter table, which has the last word
  bool translated = true;  ///< a chain before it may have changed the packet's destination
};
[[nodiscard]] std::vector<WayStep> way_steps(const ir::Ruleset& ruleset, ir::Family family, HostWay way);

}  // namespace nfproof::analyzer
