// SPDX-License-Identifier: Apache-2.0
// What the three lockout checks share: asking whether the administrator's packets get through, and saying who stops
// them.
#pragma once

#include <string>

#include "analyzer/checks/analysis.h"

namespace nfproof::analyzer {

struct LockoutQuestion {
  Way way{};
  Moment moment{};
  std::string_view message;  ///< what is the matter; the expression follows
};

/// Asks for every administrator of every family and reports where nothing gets through.
void report_lockouts(Analysis& analysis, const CheckInfo& info, const LockoutQuestion& question);

}  // namespace nfproof::analyzer
