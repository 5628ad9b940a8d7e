// SPDX-License-Identifier: Apache-2.0
// A place in a list of tokens.
#pragma once

#include <span>
#include <string_view>

#include "compiler/frontend/nft/syntax.h"

namespace nfproof::compiler::nft {

class Cursor {
 public:
  explicit Cursor(std::span<const Token> tokens) : tokens_(tokens) {}

  [[nodiscard]] bool at_end() const { return place_ >= tokens_.size(); }
  [[nodiscard]] const Token& peek() const { return tokens_[place_]; }
  const Token& take() { return tokens_[place_++]; }
  void skip_to(std::size_t place) { place_ = place; }
  [[nodiscard]] std::size_t place() const { return place_; }
  [[nodiscard]] std::span<const Token> between(std::size_t first, std::size_t past) const {
    return tokens_.subspan(first, past - first);
  }
  [[nodiscard]] std::span<const Token> rest() const { return tokens_.subspan(place_); }

  [[nodiscard]] bool at_mark(std::string_view mark) const {
    return !at_end() && peek().kind == TokenKind::kMark && peek().text == mark;
  }
  [[nodiscard]] bool at_word(std::string_view word) const {
    return !at_end() && peek().kind == TokenKind::kWord && peek().text == word;
  }
  bool take_mark(std::string_view mark) { return at_mark(mark) && (++place_, true); }
  bool take_word(std::string_view word) { return at_word(word) && (++place_, true); }
  [[nodiscard]] bool at_separator() const { return at_end() || peek().kind == TokenKind::kNewline || at_mark(";"); }
  void skip_separators() {
    while (!at_end() && at_separator()) ++place_;
  }

  /// Where the statement that begins here ends: at a separator or a closing brace that it has not opened. With `block`,
  /// also at the first opening brace.
  [[nodiscard]] std::size_t end_of_statement(bool block = false) const {
    std::size_t depth = 0;
    for (std::size_t i = place_; i < tokens_.size(); ++i) {
      const Token& token = tokens_[i];
      if (depth == 0 && token.kind == TokenKind::kNewline) return i;
      if (token.kind != TokenKind::kMark) continue;
      if (depth == 0 && token.text == ";") return i;
      if (token.text == "{") {
        if (block && depth == 0) return i;
        ++depth;
      } else if (token.text == "}") {
        if (depth == 0) return i;
        --depth;
      }
    }
    return tokens_.size();
  }
  /// The brace that closes the one before this place.
  [[nodiscard]] std::size_t end_of_block() const {
    std::size_t depth = 0;
    for (std::size_t i = place_; i < tokens_.size(); ++i) {
      if (tokens_[i].kind != TokenKind::kMark) continue;
      if (tokens_[i].text == "{") ++depth;
      if (tokens_[i].text == "}" && depth-- == 0) return i;
    }
    return tokens_.size();
  }

 private:
  std::span<const Token> tokens_;
  std::size_t place_ = 0;
};

}  // namespace nfproof::compiler::nft
