// SPDX-License-Identifier: Apache-2.0
// A line of `ipset restore` input as words. Double quotes join words; there are no escapes. An empty word does not
// count, and a word whose quote is not closed is lost with its line end, as in ipset.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace nfproof::compiler::ipset {

/// Columns count from 1, in bytes; `end_column` is one past the last.
struct Word {
  std::string text;
  std::uint32_t column = 0;
  std::uint32_t end_column = 0;
};

struct Line {
  std::vector<Word> words;
  bool unclosed_quote = false;  ///< the last word was lost
};

/// `has_newline`: the line ends in one.
[[nodiscard]] Line split_line(std::string_view text, bool has_newline);

/// The words of a command line that came as words.
[[nodiscard]] std::vector<Word> words_of(std::span<const std::string> arguments);

}  // namespace nfproof::compiler::ipset
