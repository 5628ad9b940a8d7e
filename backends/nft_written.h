// SPDX-License-Identifier: Apache-2.0
// Rules of nftables that stand in a translation as they are written.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "backends/nft.h"
#include "compiler/ir/nft_surface.h"

namespace nfproof::backends {

/// What a chain of the table is called in the translation.
using NftNameOf = std::function<std::string(std::string_view chain)>;

/// Where the core says the same, only what the optimiser does not make better, and JSON has words for.
[[nodiscard]] bool nft_stays_as_written(const ir::Rule& rule, const NftOptions& options, const NftNameOf& name_of);

/// The rule without comment and place of origin.
[[nodiscard]] NftLine nft_written_line(const ir::NftWritten& written, NftOptions::Counters counters,
                                       const NftNameOf& name_of);

/// `jump chain`, `goto chain`
[[nodiscard]] std::string nft_lead_text(NftEnd how, const std::string& chain);

}  // namespace nfproof::backends
