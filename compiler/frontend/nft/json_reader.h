// SPDX-License-Identifier: Apache-2.0
// Files in the JSON of libnftables-json(5): what `nft -j list ruleset` prints and `nft -j -f` takes. Each command
// becomes the text of nft that says the same, and the reader of that text goes on with it.
#pragma once

#include <functional>

#include "compiler/frontend/nft/json_tree.h"
#include "compiler/frontend/nft/parser.h"
#include "compiler/frontend/nft/reader.h"

namespace nfproof::compiler::nft {

/// Calls `commands` for some of them at a time, in order. The words stay in the store.
void read_nft_json(ReadContext& context, Parser& parser, source::FileId file,
                   const std::function<void(const Tokens&)>& commands);

}  // namespace nfproof::compiler::nft
