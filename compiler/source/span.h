// SPDX-License-Identifier: Apache-2.0
// Where a thing was written: a file and a range of columns in one of its lines.
#pragma once

#include <cstdint>

namespace nfproof::source {

/// Index of a file in a `SourceManager`.
enum class FileId : std::uint32_t {};

/// A range of bytes in one line. Lines and columns count from 1, columns in bytes; `end_column` is one past the last.
/// A default span (line 0) means "no place": something that was implied and not written.
struct Span {
  FileId file{};
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  std::uint32_t end_column = 0;

  [[nodiscard]] bool is_known() const { return line != 0; }
  friend bool operator==(const Span&, const Span&) = default;
};

}  // namespace nfproof::source
