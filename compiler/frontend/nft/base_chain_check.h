// SPDX-License-Identifier: Apache-2.0
// Which base chains the kernel and nft take.
#pragma once

#include <span>
#include <string>

#include "compiler/frontend/nft/syntax.h"
#include "compiler/ir/ruleset.h"

namespace nfproof::compiler::nft {

/// Why there is no such chain; empty when there may be. `priority` is as it is written.
[[nodiscard]] std::string base_chain_refusal(const ir::BaseChain& base, std::span<const Token> priority);

}  // namespace nfproof::compiler::nft
