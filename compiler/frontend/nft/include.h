// SPDX-License-Identifier: Apache-2.0
// Files that a file includes.
#pragma once

#include <vector>

#include "compiler/frontend/nft/reader.h"

namespace nfproof::compiler::nft {

/// Opens the files that the name, which may hold wildcards, stands for: beside the file that includes them, else as nft
/// looks for them. An error when there are none, unless it has wildcards.
[[nodiscard]] std::vector<source::FileId> open_included(ReadContext& context, source::FileId from, const Token& name);

}  // namespace nfproof::compiler::nft
