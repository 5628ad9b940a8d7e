// SPDX-License-Identifier: Apache-2.0
// What nft refuses of a rule as a whole, although each of its statements is fine by itself.
#pragma once

#include "compiler/frontend/nft/store.h"
#include "compiler/source/diagnostic.h"

namespace nfproof::compiler::nft {

/// Tells headers of two protocols in one rule, statements behind a verdict, translations and answers without the test
/// that they ask for, options that exclude each other, sets of another type than the field. False when there was one.
[[nodiscard]] bool check_rule(const StoredRule& rule, StoredTable& table, source::Diagnostics& diagnostics);

}  // namespace nfproof::compiler::nft
