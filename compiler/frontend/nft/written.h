// SPDX-License-Identifier: Apache-2.0
// Rules, sets and objects as they are written, for those who write them again.
#pragma once

#include <memory>

#include "compiler/frontend/nft/store.h"
#include "compiler/ir/nft_surface.h"

namespace nfproof::compiler::nft {

/// The rule, with what variables stand for.
[[nodiscard]] std::shared_ptr<const ir::NftWritten> written_rule(StoredTable& table, const StoredRule& rule);

/// All sets, maps and objects of the table.
[[nodiscard]] std::vector<ir::NftDeclared> declared_in(const StoredTable& table);

}  // namespace nfproof::compiler::nft
