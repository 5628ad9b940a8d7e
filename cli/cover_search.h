// SPDX-License-Identifier: Apache-2.0
// Lets the analyzer propose packets for each rule and the simulator try them, until each rule is hit, proved dead, or
// nothing more comes to mind.
#pragma once

#include <chrono>
#include <functional>
#include <vector>

#include "analyzer/cover/cover_plan.h"
#include "report/cover.h"
#include "sim/cover/log.h"
#include "sim/cover/pursuit.h"

namespace nfproof::cli {

struct CoverSearchOptions {
  sim::SimOptions model;
  std::chrono::milliseconds query_timeout{500};
  std::chrono::milliseconds total_timeout{120000};
};

struct CoverResult {
  std::vector<report::CoverRow> rows;  ///< in the order of the ruleset
  std::vector<sim::CoverPacket> packets;
};

/// `reasoned`: the ruleset as the analyzer reads it, with the same places. An assumed host may be given routes that
/// rules ask for.
[[nodiscard]] CoverResult search_cover(const ir::Ruleset& ruleset, const ir::Ruleset& reasoned, ir::Host& host,
                                       const CoverSearchOptions& options);

}  // namespace nfproof::cli
