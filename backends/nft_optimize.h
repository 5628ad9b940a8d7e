// SPDX-License-Identifier: Apache-2.0
// Fewer rules for the same meaning: rules of one chain that differ in one field become a set, in several a
// concatenation, with different verdicts a verdict map (`nft_merge.h`); what stays long is divided by verdict maps that
// lead to chains (`nft_split.h`); chains that say little go where they are called (`nft_inline.h`).
#pragma once

#include <cstddef>

#include "backends/nft_model.h"

namespace nfproof::backends {

/// Most chains that a packet may be in at once, gotos counted (NFT_JUMP_STACK_SIZE of
/// include/net/netfilter/nf_tables.h).
inline constexpr unsigned kNftMostLevels = 16;

/// Does nft take the chains that the base chain leads to? Only called chains count, so this ends for loops too.
[[nodiscard]] bool nft_fits_jump_stack(const NftTable& table, const NftChain& base);

/// Rearranges the chains of the table. `divide`: otherwise only lines of one chain become one.
void nft_optimize(NftTable& table, bool divide);

}  // namespace nfproof::backends
