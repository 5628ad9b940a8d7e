// SPDX-License-Identifier: Apache-2.0
// ipsets as named sets of nftables: what rules look up, and what they add or delete.
#pragma once

#include "backends/nft_effect.h"
#include "backends/nft_formula.h"

namespace nfproof::backends {

[[nodiscard]] NftFormula nft_set_lookup(const ir::SetLookup& lookup, const NftContext& context);
[[nodiscard]] NftEffect nft_set_update(const ir::UpdateSet& update, const NftContext& context);

}  // namespace nfproof::backends
