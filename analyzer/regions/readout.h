// SPDX-License-Identifier: Apache-2.0
// Regions of diagrams as what people get: an expression, a packet that was replayed, who decided.
#pragma once

#include <string>
#include <vector>

#include "analyzer/regions/engine.h"

namespace nfproof::analyzer::regions {

/// Reads regions of one way out.
class Reader {
 public:
  /// `regions`: about how many will be read. The more there are, the fewer words each gets.
  Reader(Engine& engine, HostWay way, const RegionOptions& options, std::size_t regions);

  /// `ends`: where the packets of the region come to, by side. A witness that does not replay is an internal error and
  /// not shown.
  [[nodiscard]] PacketRegion read(Ref region, const std::vector<const Leaf*>& ends,
                                  std::vector<std::string>& internal_errors);

 private:
  Engine& engine_;
  HostWay way_;
  const RegionOptions& options_;
  Ref world_;
  std::size_t most_cubes_;
};

[[nodiscard]] RegionFate fate_of(const Engine& engine, const Leaf& leaf);
/// The families that are asked about.
[[nodiscard]] std::vector<ir::Family> families_of(const std::vector<const ir::Ruleset*>& rulesets,
                                                  const RegionOptions& options);
/// What the answers rest on.
void note_assumptions(const std::vector<const ir::Ruleset*>& rulesets, const RegionOptions& options,
                      std::vector<std::string>& assumptions);

}  // namespace nfproof::analyzer::regions
