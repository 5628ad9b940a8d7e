// SPDX-License-Identifier: Apache-2.0
// Reads a whole file of iptables-save text (or restore input) into a ruleset, line by line. A bad line is reported and
// loses only itself.
#pragma once

#include "compiler/ir/ruleset.h"
#include "compiler/source/diagnostic.h"
#include "compiler/source/source_file.h"

namespace nfproof::compiler {

/// Adds the tables of the file, all of one family, to the ruleset. Errors are told in `diagnostics`.
void read_save_file(const source::SourceFile& file, source::FileId id, ir::Family family, ir::Ruleset& ruleset,
                    source::Diagnostics& diagnostics);

}  // namespace nfproof::compiler
