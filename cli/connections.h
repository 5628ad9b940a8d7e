// SPDX-License-Identifier: Apache-2.0
// The options of replays that are about connection tracking: its settings, the table before the replay and after it.
#pragma once

#include <optional>
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

/// --sysctl and --conntrack.
void declare_connections(Arguments& arguments, ConnectionOptions& options);
/// --dump-conntrack.
void declare_dump(Arguments& arguments, ConnectionOptions& options);
/// False after an error, which is told.
[[nodiscard]] bool read_settings(Terminal& terminal, const ConnectionOptions& options, sim::TrackingSettings& settings);
/// The connections before the first packet, none without the option. Nothing after an error, which is told.
[[nodiscard]] std::optional<std::vector<sim::ConnectionEntry>> read_connections(Terminal& terminal,
                                                                                const ConnectionOptions& options,
                                                                                source::SourceManager& sources);
/// Tells of those that are left out, unless it was told before.
void restore_connections(Terminal& terminal, const std::vector<sim::ConnectionEntry>& connections,
                         sim::Simulator& simulator, bool tell = true);
[[nodiscard]] bool dump_connections(Terminal& terminal, const ConnectionOptions& options,
                                    const sim::Simulator& simulator);
/// Wrong checksums are often those that the network card would have filled in later.
void tell_checksums(Terminal& terminal, const sim::Simulator& simulator);

}  // namespace nfproof::cli
