// SPDX-License-Identifier: Apache-2.0
// See words.h.
#include "compiler/ipset/words.h"

#include <utility>

namespace nfproof::compiler::ipset {

Line split_line(std::string_view text, bool has_newline) {
  Line line;
  Word word;
  bool quoted = false;
  const auto finish = [&](std::size_t end) {
    if (word.text.empty()) return;
    word.end_column = static_cast<std::uint32_t>(end + 1);
    line.words.push_back(std::exchange(word, {}));
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool blank = c == ' ' || c == '\t' || c == '\r';
    if (blank && !quoted) {
      finish(i);
      continue;
    }
    if (word.text.empty() && word.column == 0) word.column = static_cast<std::uint32_t>(i + 1);
    if (c == '"') {
      quoted = !quoted;
      if (!quoted && word.text.empty()) word.column = 0;
    } else {
      word.text += c;
    }
  }
  line.unclosed_quote = quoted && has_newline;
  if (!line.unclosed_quote) finish(text.size());
  return line;
}

std::vector<Word> words_of(std::span<const std::string> arguments) {
  std::vector<Word> words;
  std::uint32_t column = 1;
  for (const std::string& argument : arguments) {
    const auto end = column + static_cast<std::uint32_t>(argument.size());
    words.push_back({argument, column, end});
    column = end + 1;
  }
  return words;
}

}  // namespace nfproof::compiler::ipset
