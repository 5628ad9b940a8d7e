// SPDX-License-Identifier: Apache-2.0
// The simulator as the judge of the analyzer's witnesses: the two never meet elsewhere.
#pragma once

#include "analyzer/analyze.h"
#include "compiler/ir/host.h"
#include "compiler/ir/ruleset.h"
#include "compiler/ir/set.h"

namespace nfproof::cli {

/// Ruleset, host and sets (null: there are none) must outlive the oracle.
[[nodiscard]] analyzer::WitnessOracle make_oracle(const ir::Ruleset& ruleset, const ir::Host& host,
                                                  const ir::SetTable* sets = nullptr);

}  // namespace nfproof::cli
