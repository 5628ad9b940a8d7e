// SPDX-License-Identifier: Apache-2.0
// Files as `nft -f` takes them, and what `nft list ruleset` prints: tables with their chains, sets and objects,
// commands, variables, included files. Everything happens in the order of the text.
//
// Entry: `read_nft_file`. It does not look into rules: `lower.h` does, when all files are read.
#pragma once

#include "compiler/frontend/nft/store.h"
#include "compiler/source/diagnostic.h"
#include "compiler/source/source_file.h"

namespace nfproof::compiler::nft {

struct ReadContext {
  source::SourceManager& sources;
  Store& store;
  source::Diagnostics& diagnostics;
  bool includes = true;  ///< may other files be read?
};

void read_nft_file(ReadContext context, source::FileId file);

}  // namespace nfproof::compiler::nft
