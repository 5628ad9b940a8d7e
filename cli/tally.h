// SPDX-License-Identifier: Apache-2.0
// Counts results by what decided, cheaply, before they are given to a summary: most packets of a long replay have one
// of few fates.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <unordered_map>

#include "report/replay.h"
#include "sim/result.h"

namespace nfproof::cli {

class Tally {
 public:
  explicit Tally(report::ReplaySummary& summary) : summary_(summary) {}

  void add(const sim::Result& result);
  /// Gives what was counted to the summary.
  void finish();

 private:
  struct Count {
    sim::Disposition disposition{};
    ir::Hook hook{};
    ir::VerdictKind verdict{};
    std::optional<ir::RuleRef> decided_by;
    std::uint64_t packets = 0;
    std::uint64_t bytes = 0;
  };

  report::ReplaySummary& summary_;
  std::unordered_map<std::uint64_t, Count> counts_;
  struct Recent {
    std::uint64_t key = 0;
    Count* count = nullptr;
  };
  std::array<Recent, 64> recent_;  // each at a place that its key gives
};

}  // namespace nfproof::cli
