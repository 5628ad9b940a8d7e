// SPDX-License-Identifier: Apache-2.0
// What `check` found, as text for people and as the JSON document that scripts read.
//
// Entries: `findings_text`, `findings_json`.
#pragma once

#include <string>
#include <vector>

#include "analyzer/analyze.h"
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
};

/// One finding, with what belongs to it.
[[nodiscard]] std::string finding_text(const Style& style, const CheckReport& report,
                                       const analyzer::Finding& finding);
[[nodiscard]] std::string findings_text(const Style& style, const CheckReport& report);
/// One line of JSON with a newline.
[[nodiscard]] std::string findings_json(const CheckReport& report);

}  // namespace nfproof::report
