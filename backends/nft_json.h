// SPDX-License-Identifier: Apache-2.0
// The model of nftables rules as JSON of libnftables(5): what `nft -j -f` takes. It reads the words of the model, so
// that text and JSON are two prints of one translation. Remarks have no place in JSON and are left out.
#pragma once

#include <string>
#include <vector>

#include "backends/nft_model.h"
#include "compiler/source/diagnostic.h"

namespace nfproof::backends {

struct NftJson {
  std::string text;                 ///< without what JSON cannot say
  source::Diagnostics diagnostics;  ///< errors `no-translation`, one for each rule or object that is missing
};

/// The same transaction as the text of the tables.
[[nodiscard]] NftJson nft_json(const std::vector<NftTable>& tables);

}  // namespace nfproof::backends
