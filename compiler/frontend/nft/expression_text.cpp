// SPDX-License-Identifier: Apache-2.0
// Expressions as text that nft reads as the same expression.
#include <cstddef>
#include <string>

#include "compiler/frontend/nft/special_matches.h"

namespace nfproof::compiler::nft {
namespace {

using Kind = Expr::Kind;

std::string word_text(const Token& word) {
  const std::string text(word.text);
  return word.kind == TokenKind::kString ? '"' + text + '"' : word.kind == TokenKind::kSetName ? '@' + text : text;
}

/// Is there a blank between the two? Not in `10/second` and `random,persistent`.
bool is_blank_between(std::string_view before, std::string_view after) {
  return before != "/" && before != "," && after != "/" && after != ",";
}

std::string words_text(const Expr& expr) {
  std::string text;
  for (std::size_t i = 0; i < expr.words.size(); ++i) {
    if (i != 0 && is_blank_between(expr.words[i - 1].text, expr.words[i].text)) text += ' ';
    text += word_text(expr.words[i]);
    // What a hash is made of stands behind its name.
    if (i == 0 && expr.kind == Kind::kField && !expr.parts.empty()) text += ' ' + plain_text(expr.parts.front());
  }
  return text;
}

std::string joined(const Expr& expr, std::string_view between) {
  std::string text;
  for (std::size_t i = 0; i < expr.parts.size(); ++i) {
    if (i != 0) text += between;
    text += plain_text(expr.parts[i]);
  }
  return text;
}

/// What is said of an element stands behind its key.
std::string element_text(const Expr& element) {
  std::string text;
  for (std::size_t i = 0; i < element.parts.size(); ++i) {
    text += (i == 0 ? "" : " : ") + plain_text(element.parts[i]);
    if (i == 0 && !element.words.empty()) text += ' ' + words_text(element);
  }
  return text;
}

}  // namespace

std::string statement_text(const Statement& statement) {
  std::string text;
  std::string last;
  bool braces = false;
  for (const Token& word : statement.words) {
    std::string next = word.text.empty() && word.type < statement.parts.size() ? plain_text(statement.parts[word.type])
                                                                               : word_text(word);
    braces = braces || next == "{";
    // `dnat to 10.0.0.1:80`; within braces a colon separates a key from its value.
    const bool of_port = !braces && ((next == ":" && last != "to") || last == ":");
    const bool bracketed = last == "[" || next == "]";
    if (!text.empty() && !of_port && !bracketed && is_blank_between(last, next)) text += ' ';
    text += next;
    last = std::move(next);
  }
  return text;
}

// Recursion is bounded by the nesting that the parser accepts.
std::string plain_text(const Expr& expr) {
  switch (expr.kind) {
    case Kind::kWord: return std::string(expr.text);
    case Kind::kString: return '"' + std::string(expr.text) + '"';
    case Kind::kSetName: return '@' + std::string(expr.text);
    case Kind::kField:
    case Kind::kVerdict: return words_text(expr);
    case Kind::kSet: return expr.parts.empty() ? "{ }" : "{ " + joined(expr, ", ") + " }";
    case Kind::kElement: return element_text(expr);
    case Kind::kConcat: return joined(expr, " . ");
    case Kind::kList: return joined(expr, ",");
    case Kind::kRange: return joined(expr, "-");
    case Kind::kMap: return joined(expr, " map ");
    case Kind::kMasked: return joined(expr, " / ");
    case Kind::kOperator: break;
  }
  const Expr& left = expr.parts[0];
  const Expr& right = expr.parts[1];
  // `|` and `^` bind less than the others.
  const bool weaker = left.kind == Kind::kOperator && (left.text == "|" || left.text == "^") && left.text != expr.text;
  const auto nested = [](const Expr& part, bool is) { return is ? '(' + plain_text(part) + ')' : plain_text(part); };
  return nested(left, weaker) + ' ' + std::string(expr.text) + ' ' + nested(right, right.kind == Kind::kOperator);
}

}  // namespace nfproof::compiler::nft
