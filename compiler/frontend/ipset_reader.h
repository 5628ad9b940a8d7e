// SPDX-License-Identifier: Apache-2.0
// Files for `ipset restore`, also those that `ipset save` wrote: the commands are carried out on a table of sets. A
// line that ipset or the kernel would refuse is an error at the word to blame and changes nothing; the next lines are
// read.
#pragma once

#include <cstddef>

#include "compiler/ir/set.h"
#include "compiler/source/diagnostic.h"
#include "compiler/source/source_file.h"

namespace nfproof::compiler {

/// Does the first line that says something look like a command of ipset?
[[nodiscard]] bool is_ipset_file(const source::SourceFile& file);

/// Tables may follow the sets, as `nfproof exec` prints them: the number of the line behind the sets.
std::size_t read_ipset_file(const source::SourceFile& file, source::FileId id, ir::SetTable& sets,
                            source::Diagnostics& diagnostics);

}  // namespace nfproof::compiler
