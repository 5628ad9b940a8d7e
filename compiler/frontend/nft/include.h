// SPDX-License-Identifier: Apache-2.0
// Files that include others. As in nft, what is included takes the place of the `include` line, wherever it stands:
// among commands, in a table, in a chain.
#pragma once

#include "compiler/frontend/nft/parser.h"
#include "compiler/frontend/nft/reader.h"

namespace nfproof::compiler::nft {

/// The tokens of a file and of those that it includes. A name may hold wildcards; files are looked for beside the file
/// that includes them, else as nft looks for them. It is an error when there are none, unless the name has wildcards.
[[nodiscard]] Tokens read_with_includes(ReadContext& context, source::FileId file);

}  // namespace nfproof::compiler::nft
