// SPDX-License-Identifier: Apache-2.0
// Everything that the questions about regions share for one family: the space, the diagrams of up to two rulesets, and
// packets out of regions, replayed before anybody sees them.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "analyzer/regions/expression_text.h"
#include "analyzer/regions/host_path.h"
#include "analyzer/regions/path_walk.h"
#include "analyzer/regions/regions.h"

namespace nfproof::analyzer::regions {

/// A packet of a region, with what it supposes of tests that may answer anything.
struct Specimen {
  ir::Packet packet;
  std::vector<std::vector<Choice>> choices;  ///< by side
  std::vector<std::optional<Atom>> atoms;    ///< by variable
  bool certain = true;                       ///< nothing that cannot be shown was supposed
};

class Engine {
 public:
  Engine(ir::Family family, std::vector<const ir::Ruleset*> rulesets, const RegionOptions& options,
         const std::vector<ir::FieldTest>& extra = {});

  Space space;
  Effects effects;
  Leaves leaves;

  [[nodiscard]] Predicates& side(std::size_t index) { return *sides_[index]; }
  Ref way(std::size_t side, HostWay way, Detail detail) {
    return HostPath(side_of(side), effects, leaves, detail).way(way);
  }
  /// Packets of the function with any of these terminals.
  Ref where(Ref function, const std::function<bool(const Leaf&)>& wanted);

  [[nodiscard]] Specimen specimen(Ref region, HostWay way) const;
  /// The packet's way through a ruleset.
  [[nodiscard]] PathEnd walk(const Specimen& specimen, std::size_t side, HostWay way);
  /// Does the packet come to this end, for the concrete walk and (with an oracle) for the simulator?
  [[nodiscard]] bool replays(const Specimen& specimen, std::size_t side, HostWay way, const Leaf& leaf,
                             const WitnessOracle& oracle);
  /// Why nothing can be said; empty when all is well.
  [[nodiscard]] std::string trouble() const;

 private:
  Predicates& side_of(std::size_t index) { return *sides_[index]; }
  [[nodiscard]] bool fit_holes(Specimen& found) const;
  void answer_reverse_paths(Specimen& found) const;
  void answer_headers(Specimen& found) const;
  void untrack_discovery(Ref region, Specimen& found) const;
  [[nodiscard]] std::vector<ir::u128> wishes(const VariableInfo& info, HostWay way, const ir::Packet& so_far) const;

  std::vector<const ir::Ruleset*> rulesets_;
  const ir::Host* names_;
  std::vector<std::unique_ptr<Predicates>> sides_;
};

}  // namespace nfproof::analyzer::regions
