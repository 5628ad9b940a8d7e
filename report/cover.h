// SPDX-License-Identifier: Apache-2.0
// What `cover` says of each rule: the packet that hits it, or why none does.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "compiler/ir/ruleset.h"
#include "compiler/source/source_file.h"
#include "report/style.h"

namespace nfproof::report {

enum class CoverStatus : std::uint8_t { kHit, kDead, kUndecided };

struct CoverRow {
  ir::RuleRef place;  ///< the place past the last rule: the policy
  CoverStatus status{};
  std::optional<std::size_t> packet;  ///< number in the capture, from 1
  std::string why;
  bool outside = false;  ///< undecided because it asks for something that no packet carries
};

/// The rules that are not hit, and how many are.
[[nodiscard]] std::string cover_text(const Style& style, const source::SourceManager& sources,
                                     const ir::Ruleset& ruleset, const std::vector<CoverRow>& rows);
/// `{"rules":[{"family","table","chain","rule","line","status","packet","why"}],"stats":{...}}`
[[nodiscard]] std::string cover_json(const source::SourceManager& sources, const ir::Ruleset& ruleset,
                                     const std::vector<CoverRow>& rows);

}  // namespace nfproof::report
