// SPDX-License-Identifier: Apache-2.0
// Expressions as text that nft reads as the same expression.
#include <cstddef>
#include <string>

#include "compiler/frontend/nft/special_matches.h"

namespace nfproof::compiler::nft {
namespace {

using Kind = Expr::Kind;

std::string words_text(const Expr& expr) {
  std::string text;
  for (std::size_t i = 0; i < expr.words.size(); ++i) {
    if (i != 0) text += ' ';
    text += expr.words[i].kind == TokenKind::kString ? '"' + std::string(expr.words[i].text) + '"'
                                                     : std::string(expr.words[i].text);
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

}  // namespace

// Recursion is bounded by the nesting that the parser accepts.
std::string plain_text(const Expr& expr) {
  switch (expr.kind) {
    case Kind::kWord: return std::string(expr.text);
    case Kind::kString: return '"' + std::string(expr.text) + '"';
    case Kind::kSetName: return '@' + std::string(expr.text);
    case Kind::kField:
    case Kind::kVerdict: return words_text(expr);
    case Kind::kSet: return expr.parts.empty() ? "{ }" : "{ " + joined(expr, ", ") + " }";
    case Kind::kElement: return joined(expr, " : ");
    case Kind::kConcat: return joined(expr, " . ");
    case Kind::kList: return joined(expr, ", ");
    case Kind::kRange: return joined(expr, "-");
    case Kind::kMap: return joined(expr, " map ");
    case Kind::kMasked: return joined(expr, " / ");
    case Kind::kOperator: break;
  }
  const Expr& right = expr.parts[1];
  const bool nested = right.kind == Kind::kOperator;
  return plain_text(expr.parts[0]) + ' ' + std::string(expr.text) + ' ' + (nested ? "(" : "") + plain_text(right) +
         (nested ? ")" : "");
}

}  // namespace nfproof::compiler::nft
