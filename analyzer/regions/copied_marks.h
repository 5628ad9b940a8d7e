// SPDX-License-Identifier: Apache-2.0
// nftables cannot copy some bits of a mark to another mark; a chain that does it bit by bit says the same as one
// effect.
#pragma once

#include <optional>

#include "compiler/ir/ruleset.h"

namespace nfproof::analyzer::regions {

/// What the chain does as a whole, when it leaves alone what is not tracked, clears some bits of a mark, and then sets
/// each of them that is set in the other mark.
[[nodiscard]] std::optional<ir::CopyMark> copies_mark(const ir::Ruleset& ruleset, ir::ChainId chain);

}  // namespace nfproof::analyzer::regions
