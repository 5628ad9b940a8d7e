// SPDX-License-Identifier: Apache-2.0
// What kind of file is this? Says so when it is one that cannot be read; never guesses a meaning.
#pragma once

#include "compiler/ir/address.h"
#include "compiler/source/diagnostic.h"
#include "compiler/source/source_file.h"

namespace nfproof::compiler {

/// By the header comment of iptables-save, the extension of the file name, addresses and protocols in the text.
[[nodiscard]] ir::Family detect_family(const source::SourceFile& file);

/// Is the first statement one of nftables, or does the first line name nft as the interpreter?
[[nodiscard]] bool is_nft_file(const source::SourceFile& file);

/// True when it looks like iptables-save text (or is empty). Otherwise reports at the line that shows what it is.
[[nodiscard]] bool check_format(const source::SourceFile& file, source::FileId id, source::Diagnostics& diagnostics);

}  // namespace nfproof::compiler
