// SPDX-License-Identifier: Apache-2.0
// The catalogue of checks as text and JSON.
#pragma once

#include <span>
#include <string>

#include "analyzer/analyze.h"
#include "report/style.h"

namespace nfproof::report {

using Checks = std::span<const analyzer::CheckInfo* const>;

/// One line for each check.
[[nodiscard]] std::string catalogue_text(const Style& style, Checks checks);
/// The manual pages, one after the other.
[[nodiscard]] std::string manual_text(const Style& style, Checks checks);
/// `{"checks":[{"id","name","level","summary","manual"}]}`
[[nodiscard]] std::string catalogue_json(Checks checks);

}  // namespace nfproof::report
