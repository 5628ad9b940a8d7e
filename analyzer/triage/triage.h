// SPDX-License-Identifier: Apache-2.0
// From what an analysis found to what the user wants to be told: levels by the settings, findings that comments hide,
// findings that were there before.
#pragma once

#include <string>
#include <unordered_set>
#include <vector>

#include "analyzer/analyze.h"
#include "analyzer/triage/settings.h"
#include "analyzer/triage/suppressions.h"
#include "compiler/source/source_file.h"

namespace nfproof::analyzer {

using Fingerprints = std::unordered_set<std::string>;

struct TriageOptions {
  const Settings& settings;
  std::string root;                        ///< what the patterns of the settings are relative to; empty: here
  const Fingerprints* baseline = nullptr;  ///< null: there is none
  const Fingerprints* old = nullptr;       ///< of the old ruleset
};

/// Gives the findings their fingerprints and levels, and takes out and returns those that are not to be told.
[[nodiscard]] std::vector<HiddenFinding> triage(const source::SourceManager& sources, const ir::Ruleset& ruleset,
                                                const TriageOptions& options, Suppressions& suppressions,
                                                AnalyzeResult& result);

/// The checks that the settings turn off for all files.
[[nodiscard]] std::vector<std::string> checks_off(const Settings& settings);

}  // namespace nfproof::analyzer
