// SPDX-License-Identifier: Apache-2.0
// Baselines: the findings that are known, as a JSON file that people can read in a review.
#pragma once

#include <optional>
#include <string>
#include <unordered_set>

#include "report/findings.h"

namespace nfproof::report {

/// `{"version":1,"findings":[{"fingerprint","id","file","table","chain","message"}]}`, one line for each finding: those
/// that are shown and those that were in a baseline before.
[[nodiscard]] std::string baseline_text(const CheckReport& report);

/// The fingerprints; nothing when the text is no baseline.
[[nodiscard]] std::optional<std::unordered_set<std::string>> read_baseline(std::string_view text);

}  // namespace nfproof::report
