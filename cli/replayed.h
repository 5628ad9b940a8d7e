// SPDX-License-Identifier: Apache-2.0
// The simulator's results as the reports want them, and the assumptions behind them.
#pragma once

#include "cli/capture_input.h"
#include "cli/terminal.h"
#include "report/replay.h"
#include "sim/replay.h"

namespace nfproof::cli {

/// What LOG and NFLOG rules wrote, as far as `SimOptions::log_lines` asked for it.
[[nodiscard]] std::vector<std::string> log_lines(const sim::Result& result);
[[nodiscard]] report::ReplayedPacket replayed(std::uint64_t number, sim::Nanoseconds time, const sim::Result& result);
/// A packet that the simulator was not asked about.
[[nodiscard]] report::ReplayedPacket skipped(const InputPacket& packet);

/// What was answered without knowing, once for each rule. `which` begins each note: `OLD: `. False: packets met a
/// target that decides their fate in a way that is not modelled; what is told of them is undecided.
[[nodiscard]] bool tell_assumptions(Terminal& terminal, const source::SourceManager& sources,
                                    const ir::Ruleset& ruleset, const sim::Simulator& simulator,
                                    const std::string& which = {});

}  // namespace nfproof::cli
