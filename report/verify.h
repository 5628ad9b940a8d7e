// SPDX-License-Identifier: Apache-2.0
// Assertions and whether they hold, for people, scripts and CI servers.
//
// Entries: `verify_text`, `verify_json`, `verify_junit`.
#pragma once

#include <string>

#include "analyzer/regions/verify.h"
#include "report/regions.h"

namespace nfproof::report {

[[nodiscard]] std::string verify_text(const Style& style, const RegionSide& side, const analyzer::VerifyResult& result);
/// One line of JSON with a newline.
[[nodiscard]] std::string verify_json(const RegionSide& side, const analyzer::VerifyResult& result);
/// `policy`: the suite's name.
[[nodiscard]] std::string verify_junit(const RegionSide& side, const std::string& policy,
                                       const analyzer::VerifyResult& result);

}  // namespace nfproof::report
