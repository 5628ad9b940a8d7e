// SPDX-License-Identifier: Apache-2.0
// Tests that count: hashlimit and connlimit as dynamic sets, recent as a set with timeouts, quota.
#pragma once

#include "backends/nft_formula.h"

namespace nfproof::backends {

/// `over`: packets above the rate.
[[nodiscard]] NftFormula nft_limit(const ir::Limit& limit, bool over);
[[nodiscard]] NftFormula nft_hash_limit(const ir::HashLimit& limit, const NftContext& context);
[[nodiscard]] NftFormula nft_conn_limit(const ir::ConnLimit& limit, const NftContext& context);
[[nodiscard]] NftFormula nft_recent(const ir::Recent& recent, const NftContext& context);
[[nodiscard]] NftFormula nft_quota(const ir::Quota& quota);

}  // namespace nfproof::backends
