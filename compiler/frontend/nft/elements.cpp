// SPDX-License-Identifier: Apache-2.0
// Elements of named sets. Most are one value: those are read here, the generated parser sees the others.
#include <algorithm>

#include "compiler/frontend/nft/blocks.h"

namespace nfproof::compiler::nft {
namespace {

bool is_mark(const Token& token, std::string_view mark) { return token.kind == TokenKind::kMark && token.text == mark; }

bool is_value(const Token& token) { return token.kind == TokenKind::kWord || token.kind == TokenKind::kString; }

Expr plain(const Token& token) {
  return {token.kind == TokenKind::kString ? Expr::Kind::kString : Expr::Kind::kWord, token.text, {}, {}, token.span};
}

/// `VALUE` or `VALUE . VALUE`...
std::optional<Expr> simple_element(std::span<const Token> tokens) {
  if (tokens.size() % 2 == 0) return std::nullopt;
  Expr element{Expr::Kind::kElement, {}, {}, {}, span_of(tokens)};
  if (tokens.size() == 1 && is_value(tokens[0])) {
    element.parts.push_back(plain(tokens[0]));
    return element;
  }
  Expr key{Expr::Kind::kConcat, {}, {}, {}, element.span};
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (i % 2 == 0 ? !is_value(tokens[i]) : !is_mark(tokens[i], ".")) return std::nullopt;
    if (i % 2 == 0) key.parts.push_back(plain(tokens[i]));
  }
  element.parts.push_back(std::move(key));
  return element;
}

/// How two elements are the same for `delete element`.
std::string key_text(const Expr& expr) {
  std::string text(expr.text);
  const auto& parts = expr.kind == Expr::Kind::kElement ? std::vector<Expr>{expr.parts.front()} : expr.parts;
  for (const Expr& part : parts) text += '\x01' + key_text(part);
  return text;
}

}  // namespace

std::vector<Expr> BlockReader::read_elements(std::span<const Token> tokens) {
  std::vector<Expr> all;
  std::size_t begin = 0;
  std::size_t depth = 0;
  for (std::size_t i = 0; i <= tokens.size(); ++i) {
    const bool at_end = i == tokens.size();
    if (!at_end && is_mark(tokens[i], "{")) ++depth;
    if (!at_end && is_mark(tokens[i], "}") && depth > 0) --depth;
    if (!at_end && (depth > 0 || !is_mark(tokens[i], ","))) continue;
    const std::span<const Token> one = tokens.subspan(begin, i - begin);
    begin = i + 1;
    if (one.empty()) continue;
    if (auto simple = simple_element(one)) {
      all.push_back(std::move(*simple));
    } else if (auto set = parser_.elements(one)) {
      for (Expr& each : set->parts) {
        const bool nested = !each.parts.empty() && each.parts.front().kind == Expr::Kind::kSet;
        if (!nested) all.push_back(std::move(each));
        if (nested)
          for (Expr& inner : each.parts.front().parts) all.push_back(std::move(inner));
      }
    } else {
      syntax_error();
    }
  }
  return all;
}

void BlockReader::add_elements(std::span<const Token> tokens, StoredSet& set) {
  auto expanded = expand(tokens);
  if (!expanded) return;
  std::span<const Token> inside = *expanded;
  if (!inside.empty() && inside.front().text == "=") inside = inside.subspan(1);
  if (inside.size() < 2 || !is_mark(inside.front(), "{") || !is_mark(inside.back(), "}"))
    return error(tokens, "expected elements in braces");
  std::vector<Expr> all = read_elements(inside.subspan(1, inside.size() - 2));
  set.elements.insert(set.elements.end(), std::make_move_iterator(all.begin()), std::make_move_iterator(all.end()));
}

void BlockReader::delete_elements(std::span<const Token> tokens, StoredSet& set) {
  StoredSet gone;
  add_elements(tokens, gone);
  std::vector<std::string> keys;
  for (const Expr& each : gone.elements) keys.push_back(key_text(each));
  std::sort(keys.begin(), keys.end());
  std::erase_if(set.elements,
                [&](const Expr& each) { return std::binary_search(keys.begin(), keys.end(), key_text(each)); });
}

}  // namespace nfproof::compiler::nft
