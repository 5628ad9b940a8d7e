// SPDX-License-Identifier: Apache-2.0
// A line of text to words, as iptables-restore does it: blanks separate them, double quotes keep blanks, a backslash
// inside of quotes takes the next character as it is.
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/extensions/options.h"

namespace nfproof::compiler {

struct SplitWords {
  std::vector<Word> words;
  std::deque<std::string> unquoted;  ///< texts of words that had quotes; `words` point into it
};

/// `place`: of the first character; the spans of the words count from there. The words point into `text`.
[[nodiscard]] SplitWords split_words(std::string_view text, source::Span place);

/// Can the word be written without quotes?
[[nodiscard]] bool is_plain_word(std::string_view text);
/// Appends the word so that it is read back, in quotes where it needs them.
void append_word(std::string& out, std::string_view text);

}  // namespace nfproof::compiler
