// SPDX-License-Identifier: Apache-2.0
// The same packets through the same ruleset, in the kernel and in the simulator. The firewall is that of
// `traffic_interfaces` (tests/support/random_packet.h).
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "compiler/frontend/compile.h"
#include "sim/replay.h"
#include "tests/kernel/harness/counters.h"
#include "tests/kernel/harness/lab.h"
#include "tests/support/wire.h"

namespace nfproof::testing {

struct TwinPacket {
  std::string interface;  ///< where it arrives; empty: the firewall sends it
  WireBytes bytes;
  std::chrono::milliseconds at{0};  ///< not before this time after the first
};

/// What a rule or policy counted on both sides.
struct TwinCounter {
  RuleCounter kernel;
  ir::Counters simulated;
  [[nodiscard]] bool agree() const { return kernel.packets == simulated.packets && kernel.bytes == simulated.bytes; }
};

class Twins {
 public:
  /// Loads the ruleset into a new lab, before it the sets (`ipset restore` text). `problem` says why that failed. With
  /// `answers` the kernel's own packets are let out, too.
  Twins(const std::string& ruleset, bool v6, bool observe, bool answers = false, const std::string& ipset = {});

  [[nodiscard]] const std::string& problem() const { return problem_; }
  [[nodiscard]] Lab& lab() { return *lab_; }
  [[nodiscard]] ir::Host& host() { return host_; }  ///< as the simulator knows it
  [[nodiscard]] const compiler::Compilation& compilation() const { return compilation_; }

  /// Through the kernel. They are added to what is simulated, with the times when they were sent.
  [[nodiscard]] Outcome send(const std::vector<TwinPacket>& packets);
  /// All that was sent, through a new simulator, each at the time when it was sent, or up to `late` after that (by
  /// `seed`).
  std::vector<sim::Result> simulate(sim::SimOptions options, std::chrono::milliseconds late = {},
                                    std::uint64_t seed = 0);
  /// Of the kernel and of the last simulation.
  [[nodiscard]] std::vector<TwinCounter> counters();
  [[nodiscard]] const sim::Simulator& simulator() const { return *simulator_; }

 private:
  bool v6_;
  std::string problem_;
  compiler::Compilation compilation_;
  ir::Host host_;
  std::unique_ptr<Lab> lab_;
  std::unique_ptr<sim::Simulator> simulator_;
  std::vector<WireBytes> frames_;
  std::vector<TwinPacket> packets_;
  std::vector<sim::Nanoseconds> sent_;
};

/// CONFIG_HZ of the running kernel.
[[nodiscard]] std::uint32_t kernel_hz();

/// One line for each rule that disagrees; empty: none.
[[nodiscard]] std::string disagreements(const std::vector<TwinCounter>& counters);

}  // namespace nfproof::testing
