// SPDX-License-Identifier: Apache-2.0
// One rule to rules of the core.
#pragma once

#include <vector>

#include "compiler/frontend/nft/context.h"

namespace nfproof::compiler::nft {

/// Adds what the rule means: most often one rule; several where a map decides what happens, or where a statement stands
/// before a test.
void lower_rule(const LowerContext& context, ir::TableId table, const StoredRule& rule, std::uint32_t number,
                std::vector<ir::Rule>& out);

}  // namespace nfproof::compiler::nft
