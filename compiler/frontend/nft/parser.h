// SPDX-License-Identifier: Apache-2.0
// From text to tokens, and from the tokens of one rule, set or value to its syntax. The thin interface in front of the
// generated parser: no type of it gets out.
//
// Entries: `read_tokens`, `Parser`.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>

#include "compiler/frontend/nft/syntax.h"
#include "compiler/source/diagnostic.h"
#include "compiler/source/source_file.h"

namespace nfproof::compiler::nft {

/// The tokens of a file, without blanks and remarks. Every line has its newline, the last one too.
[[nodiscard]] Tokens read_tokens(const source::SourceFile& file, source::FileId id);

/// From the first to the last of them, as far as they stand in one line.
[[nodiscard]] source::Span span_of(std::span<const Token> tokens);

/// What is wrong with tokens that no parser takes.
struct SyntaxError {
  source::Span span;
  std::string message;
};

/// Reused for all rules of a run. Tokens must be free of variables and newlines.
class Parser {
 public:
  Parser();
  ~Parser();
  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;

  [[nodiscard]] std::optional<std::vector<Statement>> rule(std::span<const Token> tokens);
  /// What stands between the braces of `elements = { ... }`: a kSet.
  [[nodiscard]] std::optional<Expr> elements(std::span<const Token> tokens);
  /// Values as they stand behind a field.
  [[nodiscard]] std::optional<Expr> value(std::span<const Token> tokens);
  /// Why the last answer was nothing.
  [[nodiscard]] const SyntaxError& error() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace nfproof::compiler::nft
