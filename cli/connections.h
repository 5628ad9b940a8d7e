// SPDX-License-Identifier: Apache-2.0
// The options of replays that are about connection tracking: its settings, the table before the replay and after it.
#pragma once

#include <string>
#include <vector>

#include "cli/arguments.h"
#include "cli/terminal.h"
#include "compiler/source/source_file.h"
#include "sim/replay.h"

namespace nfproof::cli {

struct ConnectionOptions {
  std::vector<std::string> settings;  ///< KEY=VALUE
  std::string before;
  std::string after;
};

void declare_connections(Arguments& arguments, ConnectionOptions& options);
/// False after an error, which is told.
[[nodiscard]] bool read_settings(Terminal& terminal, const ConnectionOptions& options, sim::TrackingSettings& settings);
[[nodiscard]] bool load_connections(Terminal& terminal, const ConnectionOptions& options,
                                    source::SourceManager& sources, sim::Simulator& simulator);
[[nodiscard]] bool dump_connections(Terminal& terminal, const ConnectionOptions& options,
                                    const sim::Simulator& simulator);
/// Wrong checksums are often those that the network card would have filled in later.
void tell_checksums(Terminal& terminal, const sim::Simulator& simulator);

}  // namespace nfproof::cli
