// SPDX-License-Identifier: Apache-2.0
// Chains that say little, where they are called: one that does a single thing with every packet, one that is empty, and
// one that a single rule leads all packets to.
#pragma once

#include "backends/nft_model.h"

namespace nfproof::backends {

/// `still`: lines that count or limit stay in their chains.
void nft_inline_chains(NftTable& table, bool still);

}  // namespace nfproof::backends
