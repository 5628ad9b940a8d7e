// SPDX-License-Identifier: Apache-2.0
// What makes a finding the same in another version of the file: its check, the table and chain, the text of the rule
// and what the message names. Lines, rule numbers, counters and the name of the file do not matter.
#pragma once

#include <vector>

#include "analyzer/finding.h"

namespace nfproof::analyzer {

/// Fills in `fingerprint`. Equal findings are told apart by their order.
void set_fingerprints(const ir::Ruleset& ruleset, std::vector<Finding>& findings);

}  // namespace nfproof::analyzer
