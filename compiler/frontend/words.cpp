// SPDX-License-Identifier: Apache-2.0
// Words of a line: see words.h.
#include "compiler/frontend/words.h"

#include "compiler/extensions/values.h"

namespace nfproof::compiler {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n'; }

}  // namespace

SplitWords split_words(std::string_view text, source::Span place) {
  SplitWords out;
  std::size_t at = 0;
  while (true) {
    while (at < text.size() && is_blank(text[at])) ++at;
    if (at == text.size()) return out;
    const std::size_t begin = at;
    while (at < text.size() && !is_blank(text[at]) && text[at] != '"') ++at;
    Word word;
    word.text = text.substr(begin, at - begin);
    if (at < text.size() && text[at] == '"') {
      // The closing quote ends the word.
      std::string& unquoted = out.unquoted.emplace_back(word.text);
      word.quoted = true;
      for (++at; at < text.size() && text[at] != '"'; ++at) {
        if (text[at] == '\\' && ++at == text.size()) break;
        unquoted += text[at];
      }
      if (at < text.size()) ++at;
      word.text = unquoted;
    }
    word.span = place;
    word.span.column += static_cast<std::uint32_t>(begin);
    word.span.end_column = place.column + static_cast<std::uint32_t>(at);
    out.words.push_back(word);
  }
}

bool is_plain_word(std::string_view text) {
  return !text.empty() && text.find_first_of(" \t\"'\\") == std::string_view::npos;
}

void append_word(std::string& out, std::string_view text) {
  if (is_plain_word(text)) {
    out += text;
    return;
  }
  std::string quoted;
  append_quoted(quoted, text);
  out += std::string_view(quoted).substr(1);
}

}  // namespace nfproof::compiler
