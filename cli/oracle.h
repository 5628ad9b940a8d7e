// SPDX-License-Identifier: Apache-2.0
// The simulator as the judge of the analyzer's witnesses: the two never meet elsewhere.
#pragma once

#include "analyzer/analyze.h"
#include "compiler/ir/host.h"
#include "compiler/ir/ruleset.h"

namespace nfproof::cli {

/// Ruleset and host must outlive the oracle.
[[nodiscard]] analyzer::WitnessOracle make_oracle(const ir::Ruleset& ruleset, const ir::Host& host);

}  // namespace nfproof::cli
