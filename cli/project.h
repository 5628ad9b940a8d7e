// SPDX-License-Identifier: Apache-2.0
// The settings file of the project that a command works in.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analyzer/triage/settings.h"
#include "cli/terminal.h"
#include "compiler/source/source_file.h"

namespace nfproof::cli {

/// Settings and where they come from.
struct Project {
  analyzer::Settings settings;
  source::SourceManager sources;  ///< of the settings file
  std::string directory;          ///< of the settings file, empty without one

  /// A path of the settings, as seen from here.
  [[nodiscard]] std::string resolved(const std::string& path) const;
  /// Reads expressions of the settings; errors are told at their place in the settings file.
  [[nodiscard]] bool read_access(Terminal& terminal, const std::vector<analyzer::Setting>& texts,
                                 ir::PredicatePool& pool, std::vector<analyzer::AdminAccess>& to) const;
};

/// `path`: --config; empty: `.nfproof.toml` of this directory or one above it, if there is one. False after an error,
/// which is told.
[[nodiscard]] bool load_project(Terminal& terminal, const std::string& path, Project& project);

}  // namespace nfproof::cli
