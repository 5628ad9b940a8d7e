// SPDX-License-Identifier: Apache-2.0
// What the property tests of the analysis share: a ruleset compiled from text, the host that the random traffic of
// `tests/support` passes, its analysis with the command line's own oracle, and packets injected into the simulator.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/analyze.h"
#include "compiler/frontend/compile.h"
#include "sim/replay.h"
#include "tests/support/random_packet.h"

namespace nfproof::testing {

/// The firewall that `traffic_interfaces` and `traffic_routes` describe.
[[nodiscard]] ir::Host traffic_host();

struct Scene {
  ir::Host host;
  compiler::Compilation compilation;

  [[nodiscard]] const ir::Ruleset& ruleset() const { return compilation.ruleset; }
  /// Empty when the text compiled without errors.
  [[nodiscard]] std::string problems() const;
};

[[nodiscard]] std::unique_ptr<Scene> make_scene(std::string text, ir::Family family);

/// Of both families.
[[nodiscard]] std::unique_ptr<Scene> make_scene(std::string v4, std::string v6);

/// As `nfproof check` runs it.
[[nodiscard]] analyzer::AnalyzeResult analyze_scene(const Scene& scene);

/// What the findings promise, by rule.
struct Claims {
  std::set<ir::RuleRef> dead;       ///< never matches a packet
  std::set<ir::RuleRef> useless;    ///< may all be deleted together: dead rules, and jumps that only return
  std::set<ir::RuleRef> redundant;  ///< each may be deleted, the others staying
};
[[nodiscard]] Claims claims_of(const Scene& scene, const analyzer::AnalyzeResult& result);

/// The text without the lines of these rules (each rule has a line of its own).
[[nodiscard]] std::string without_rules(const Scene& scene, std::string_view text, const std::set<ir::RuleRef>& rules);

[[nodiscard]] sim::Result inject(sim::Simulator& simulator, const TrafficPacket& packet, sim::Nanoseconds time);

/// `INPUT 3` and the rule's line of the text.
[[nodiscard]] std::string describe(const Scene& scene, std::string_view text, ir::RuleRef rule);

}  // namespace nfproof::testing
