// SPDX-License-Identifier: Apache-2.0
// A whole way through the host as one diagram over packets as they enter it: who decides a packet's fate, as the
// simulator tells it (the filter table has the last word on packets that are let through).
#pragma once

#include "analyzer/paths/written_fields.h"
#include "analyzer/regions/chains.h"
#include "analyzer/regions/world.h"

namespace nfproof::analyzer::regions {

/// What rules may do to packets between two hooks.
struct Changes {
  FieldSet written;
  bool translates = false;
};
[[nodiscard]] Changes changes_of(const std::vector<const ir::Ruleset*>& rulesets);
/// May a packet have another value when it comes to the step than when it came to the host?
[[nodiscard]] bool may_change(const VariableInfo& info, const WayStep& step, const Changes& changes);

class HostPath {
 public:
  HostPath(Predicates& predicates, Effects& effects, Leaves& leaves, Detail detail)
      : predicates_(predicates),
        effects_(effects),
        leaves_(leaves),
        detail_(detail),
        chains_(predicates, effects, leaves, detail) {}

  /// Terminals end (`Leaf::Kind::kEnds`) or say that no such packet comes this way (`kElsewhere`).
  Ref way(HostWay way);

 private:
  Ref step(const WayStep& step, HostWay way);
  Ref join(Ref chain, Ref rest, const WayStep& step, HostWay way, bool filter_follows);
  Ref other_destination(Ref joined, Ref rest, const WayStep& step);
  Ref with_sent_here(Ref joined, Ref rest, WayStep step, HostWay way, bool filter_follows);
  Ref route(Ref rest, HostWay way);
  Ref within(const WayStep& step);

  Predicates& predicates_;
  Effects& effects_;
  Leaves& leaves_;
  Detail detail_;
  Chains chains_;
};

}  // namespace nfproof::analyzer::regions
