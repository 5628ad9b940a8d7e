// SPDX-License-Identifier: Apache-2.0
// Characters to bytes: see characters.h.
#include "compiler/source/characters.h"

#include <algorithm>

namespace nfproof::source {
namespace {

std::uint32_t byte_column(std::string_view line, std::uint32_t characters) {
  std::size_t byte = 0;
  for (std::uint32_t i = 1; i < characters && byte < line.size(); ++i) do
      ++byte;
    while (byte < line.size() && (static_cast<unsigned char>(line[byte]) & 0xC0U) == 0x80U);
  return static_cast<std::uint32_t>(byte + 1);
}

}  // namespace

Span span_of_characters(const SourceFile& text, FileId file, const CharacterRange& range) {
  const std::string_view line = text.line(range.line);
  Span span{file, range.line, byte_column(line, range.column), 0};
  span.end_column =
      range.end_line == range.line ? byte_column(line, range.end_column) : static_cast<std::uint32_t>(line.size() + 1);
  span.end_column = std::max(span.end_column, span.column + 1);
  return span;
}

}  // namespace nfproof::source
