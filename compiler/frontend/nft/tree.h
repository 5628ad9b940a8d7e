// SPDX-License-Identifier: Apache-2.0
// Parse trees of rules to their syntax. Only parser.cpp includes this.
#pragma once

#include <span>
#include <vector>

#include "compiler/frontend/nft/syntax.h"

namespace antlr4 {
class ParserRuleContext;
}

namespace nfproof::compiler::nft {

/// The trees of the rules `nftRule`, `nftElements` and `nftValue`; `tokens` are those that they were made from.
[[nodiscard]] std::vector<Statement> read_rule(antlr4::ParserRuleContext* tree, std::span<const Token> tokens);
[[nodiscard]] Expr read_elements(antlr4::ParserRuleContext* tree, std::span<const Token> tokens);
[[nodiscard]] Expr read_value(antlr4::ParserRuleContext* tree, std::span<const Token> tokens);

}  // namespace nfproof::compiler::nft
