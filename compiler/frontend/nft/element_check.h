// SPDX-License-Identifier: Apache-2.0
// What nft refuses of sets, maps and their elements, whether or not a rule looks at them.
#pragma once

#include <string_view>
#include <vector>

#include "compiler/frontend/nft/store.h"
#include "compiler/source/diagnostic.h"

namespace nfproof::compiler::nft {

/// Tells sets without a type, elements of another type, ranges where there may be none, keys that overlap, jumps into
/// chains that are not there.
void check_sets(StoredTable& table, source::Diagnostics& diagnostics);

/// Tells keys of a map that overlap; `type` is that of the keys, as a set names it. False when there was one.
bool check_overlaps(const std::vector<Expr>& elements, std::string_view type, source::Diagnostics& diagnostics);

}  // namespace nfproof::compiler::nft
