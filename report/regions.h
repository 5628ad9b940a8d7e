// SPDX-License-Identifier: Apache-2.0
// Regions of packets and their fates, as text and as the JSON documents that scripts read.
//
// Entries: `query_text`, `query_json`, `diff_text`, `diff_json`.
#pragma once

#include <string>

#include "analyzer/regions/regions.h"
#include "compiler/source/source_file.h"
#include "report/style.h"

namespace nfproof::report {

/// The ruleset that rules of an answer belong to.
struct RegionSide {
  const source::SourceManager& sources;
  const ir::Ruleset& ruleset;
};

/// `DROP by INPUT rule 3 (rules.v4:12)`
[[nodiscard]] std::string region_fate_text(const Style& style, const RegionSide& side,
                                           const analyzer::RegionFate& fate);
/// An expression that would fill the terminal many times over helps nobody: it is cut, and that is said.
[[nodiscard]] std::string shortened_region(const Style& style, const std::string& expression);
/// `limit` of INPUT rule 4
[[nodiscard]] std::string choice_text(const RegionSide& side, const analyzer::RegionChoice& choice);

[[nodiscard]] std::string query_text(const Style& style, const RegionSide& side, const analyzer::QueryResult& result);
/// One line of JSON with a newline.
[[nodiscard]] std::string query_json(const RegionSide& side, const analyzer::QueryResult& result);

[[nodiscard]] std::string diff_text(const Style& style, const RegionSide& before, const RegionSide& after,
                                    const analyzer::DiffResult& result);
[[nodiscard]] std::string diff_json(const RegionSide& before, const RegionSide& after,
                                    const analyzer::DiffResult& result);

}  // namespace nfproof::report
