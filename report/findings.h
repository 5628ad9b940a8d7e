// SPDX-License-Identifier: Apache-2.0
// What `check` found, as text for people and as the documents that scripts, code hosts and test reports read.
//
// Entries: `findings_text`, `findings_json`, `findings_sarif`, `findings_github`, `findings_junit`.
#pragma once

#include <string>
#include <vector>

#include "analyzer/analyze.h"
#include "compiler/source/diagnostic.h"
#include "compiler/source/source_file.h"
#include "report/style.h"

namespace nfproof::report {

/// One checked input, as the JSON document lists it.
struct CheckedFile {
  std::string path;
  ir::Family family{};
  std::size_t tables = 0, chains = 0, rules = 0;
};

struct CheckReport {
  const source::SourceManager& sources;
  const ir::Ruleset& ruleset;
  std::vector<CheckedFile> files;
  const analyzer::AnalyzeResult& result;
  std::vector<analyzer::HiddenFinding> hidden{};        ///< not told as findings
  std::vector<const analyzer::CheckInfo*> checks{};     ///< that were run
  const source::Diagnostics* diagnostics = nullptr;     ///< of the input
  analyzer::Level fail_on = analyzer::Level::kWarning;  ///< from here on the run fails
  bool compared = false;                                ///< with a baseline or an old ruleset
  std::string version{};                                ///< of the program
};

/// `told to be ignored by a comment`, `in the baseline`...
[[nodiscard]] std::string_view hidden_because(const analyzer::HiddenFinding& hidden);

/// `DROP by INPUT policy`
[[nodiscard]] std::string witness_fate(const CheckReport& report, const analyzer::Witness& witness);

/// One finding, with what belongs to it.
[[nodiscard]] std::string finding_text(const Style& style, const CheckReport& report, const analyzer::Finding& finding);
[[nodiscard]] std::string findings_text(const Style& style, const CheckReport& report);
/// One line of JSON with a newline.
[[nodiscard]] std::string findings_json(const CheckReport& report);
/// SARIF 2.1.0: with the manual pages, related places, fixes, and what was hidden as suppressed or unchanged.
[[nodiscard]] std::string findings_sarif(const CheckReport& report);
/// Workflow commands of GitHub Actions: one annotation for each finding.
[[nodiscard]] std::string findings_github(const CheckReport& report);
/// JUnit XML: one suite for each file, one case for each check that is content and for each finding.
[[nodiscard]] std::string findings_junit(const CheckReport& report);

}  // namespace nfproof::report
