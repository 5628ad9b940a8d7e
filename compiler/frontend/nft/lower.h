// SPDX-License-Identifier: Apache-2.0
// From stored tables to the ruleset.
//
// Entry: `lower_tables`. A rule that has no meaning here keeps its place as one that nobody knows, after an error.
#pragma once

#include "compiler/frontend/nft/store.h"
#include "compiler/ir/ruleset.h"
#include "compiler/source/diagnostic.h"

namespace nfproof::compiler::nft {

/// `empty_sets_fill`: see `Compilation`.
void lower_tables(Store& store, ir::Ruleset& ruleset, source::Diagnostics& diagnostics, bool empty_sets_fill);

}  // namespace nfproof::compiler::nft
