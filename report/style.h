// SPDX-License-Identifier: Apache-2.0
// How text looks on its way to a person: colours, and columns of text with tabs and UTF-8.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace nfproof::report {

struct Style {
  bool colour = false;
  bool snippets = true;   ///< show source lines with carets
  std::size_t width = 0;  ///< columns of the terminal; 0: lines are never cut
};

enum class Tone : std::uint8_t { kPlain, kBold, kDim, kError, kWarning, kInfo, kGood };

/// The text in a tone, or as it is without colour.
[[nodiscard]] std::string paint(const Style& style, Tone tone, std::string_view text);

/// A line as it can be printed: tabs become blanks up to the next multiple of 8, control characters and bytes that are
/// no UTF-8 become `?`.
[[nodiscard]] std::string printable(std::string_view line);
/// Columns that the first `bytes` bytes of a line take when it is printed.
[[nodiscard]] std::size_t column_of(std::string_view line, std::size_t bytes);

/// `1 rule`, `2 rules`.
[[nodiscard]] std::string counted(std::size_t count, std::string_view noun);

}  // namespace nfproof::report
