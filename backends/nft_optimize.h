// SPDX-License-Identifier: Apache-2.0
// Fewer rules for the same meaning: rules of one chain that differ in one field become a set, in several a
// concatenation, with different verdicts a verdict map. A rule moves only across rules that no packet of it matches, by
// what rules cannot change, or that decide the same; never across or together with rules that count, log, limit or
// change something.
#pragma once

#include <cstddef>

#include "backends/nft_model.h"

namespace nfproof::backends {

/// Rearranges the chains of the table.
void nft_optimize(NftTable& table);

}  // namespace nfproof::backends
