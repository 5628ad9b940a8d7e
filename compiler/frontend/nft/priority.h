// SPDX-License-Identifier: Apache-2.0
// Priorities of base chains: `0`, `-100`, `filter`, `dstnat - 5`.
#pragma once

#include <optional>
#include <span>

#include "compiler/frontend/nft/syntax.h"

namespace nfproof::compiler::nft {

/// The words behind `priority`. Nothing when they are none.
[[nodiscard]] std::optional<int> read_priority(std::span<const Token> words);

}  // namespace nfproof::compiler::nft
