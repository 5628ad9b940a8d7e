// SPDX-License-Identifier: Apache-2.0
// Places that another reader counted in characters of UTF-8 (a TOML library does), as places in bytes.
#pragma once

#include <cstdint>

#include "compiler/source/source_file.h"

namespace nfproof::source {

/// Lines and columns count from 1; the end is one past the last character.
struct CharacterRange {
  std::uint32_t line = 1, column = 1;
  std::uint32_t end_line = 1, end_column = 1;
};

/// What stands in its first line, one column at the least.
[[nodiscard]] Span span_of_characters(const SourceFile& text, FileId file, const CharacterRange& range);

}  // namespace nfproof::source
