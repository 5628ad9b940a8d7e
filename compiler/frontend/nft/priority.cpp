// SPDX-License-Identifier: Apache-2.0
// Standard names of priorities are those of nft(8).
#include "compiler/frontend/nft/priority.h"

#include <charconv>
#include <string>

namespace nfproof::compiler::nft {
namespace {

std::optional<int> number(std::string_view text) {
  int value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, failure] = std::from_chars(text.data(), end, value);
  if (failure != std::errc() || stop != end) return std::nullopt;
  return value;
}

std::optional<int> standard(std::string_view name) {
  struct Row {
    std::string_view name;
    int priority;
  };
  static constexpr Row kRows[] = {{"raw", -300}, {"mangle", -150}, {"dstnat", -100},
                                  {"filter", 0}, {"security", 50}, {"srcnat", 100}};
  for (const Row& row : kRows)
    if (row.name == name) return row.priority;
  return std::nullopt;
}

}  // namespace

std::optional<int> read_priority(std::span<const Token> words) {
  std::string text;
  for (const Token& word : words)
    for (const char c : word.text)  // a variable may hold it all, in quotes
      if (c != ' ') text += c;
  if (const auto plain = number(text)) return plain;
  const std::size_t sign = text.find_first_of("+-", 1);
  const auto base = standard(text.substr(0, sign));
  if (!base) return std::nullopt;
  if (sign == std::string::npos) return base;
  const auto offset = number(std::string_view(text).substr(sign + (text[sign] == '+' ? 1 : 0)));
  if (!offset || *offset > 1'000'000 || *offset < -1'000'000) return std::nullopt;
  return *base + *offset;
}

}  // namespace nfproof::compiler::nft
