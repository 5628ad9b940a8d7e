// SPDX-License-Identifier: Apache-2.0
// One place for both sides of a comparison: the firewall of `random_packet.h` as the simulator's host and as a lab in
// the kernel, and its packets as each of them takes them.
#pragma once

#include <string>

#include "compiler/frontend/compile.h"
#include "sim/replay.h"
#include "tests/kernel/harness/counters.h"
#include "tests/kernel/harness/lab.h"
#include "tests/support/random_packet.h"

namespace nfproof::testing {

[[nodiscard]] ir::Host world_host();
[[nodiscard]] LabOptions world_lab();

[[nodiscard]] Packet lab_packet(const TrafficPacket& packet, const Lab& lab);
[[nodiscard]] sim::Result inject(sim::Simulator& simulator, const TrafficPacket& packet, const Lab& lab,
                                 sim::Nanoseconds time);

/// Empty when the text compiles.
[[nodiscard]] std::string compile_text(const std::string& text, bool v6, compiler::Compilation& compilation);
/// The rule that a counter of the kernel belongs to.
[[nodiscard]] ir::RuleRef find_rule(const ir::Ruleset& ruleset, ir::Family family, const RuleCounter& counter);

[[nodiscard]] std::string hex(const std::vector<std::uint8_t>& bytes);

}  // namespace nfproof::testing
