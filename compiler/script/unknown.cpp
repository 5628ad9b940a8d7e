// SPDX-License-Identifier: Apache-2.0
// Values that are not known: see unknown.h.
#include "compiler/script/unknown.h"

#include <charconv>

namespace nfproof::script {

std::string Unknowns::add(source::Span span, std::string what, bool several) {
  Unknown& row = rows_.emplace_back();
  row.span = span;
  row.what = std::move(what);
  row.several = several;
  std::string mark(1, '\0');
  mark += std::to_string(rows_.size() - 1);
  mark += '\0';
  return mark;
}

std::optional<std::size_t> Unknowns::first(std::string_view text) const {
  const std::size_t from = text.find('\0');
  if (from == std::string_view::npos) return std::nullopt;
  std::size_t number = 0;
  const char* begin = text.data() + from + 1;
  const auto [end, error] = std::from_chars(begin, text.data() + text.size(), number);
  // Half a mark (cut by `${x#?}`) is still unknown.
  if (error != std::errc() || number >= rows_.size()) return 0;
  return number;
}

std::string Unknowns::readable(std::string_view text) const {
  std::string result;
  while (!text.empty()) {
    const std::size_t from = text.find('\0');
    result += text.substr(0, from);
    if (from == std::string_view::npos) break;
    const auto number = first(text);
    result += number ? rows_[*number].what : "?";
    const std::size_t end = text.find('\0', from + 1);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  }
  return result;
}

}  // namespace nfproof::script
