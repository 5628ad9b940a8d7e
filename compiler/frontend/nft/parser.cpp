// SPDX-License-Identifier: Apache-2.0
// The generated lexer and parser behind parser.h. Reads bytes, not characters: columns are bytes, and text in any
// encoding passes. How deep a tree can get is bounded before it is made.
#include "compiler/frontend/nft/parser.h"

#include <antlr4-runtime.h>

#include <algorithm>
#include <deque>

#include "NftRule/NftRuleLexer.h"
#include "NftRule/NftRuleParser.h"
#include "compiler/frontend/byte_stream.h"
#include "compiler/frontend/nft/tree.h"

namespace nfproof::compiler::nft {
namespace {

using grammar::NftRuleLexer;
using grammar::NftRuleParser;

constexpr std::size_t kMaxNesting = 50;

/// Our tokens as the parser wants them.
class TokenList : public antlr4::TokenStream {
 public:
  void set(std::span<const Token> tokens) {
    while (tokens_.size() <= tokens.size()) tokens_.emplace_back(std::size_t{0});
    for (std::size_t i = 0; i <= tokens.size(); ++i) {
      tokens_[i].setType(i < tokens.size() ? tokens[i].type : antlr4::Token::EOF);
      tokens_[i].setTokenIndex(i);
    }
    size_ = tokens.size() + 1;
    place_ = 0;
  }
  antlr4::Token* LT(ssize_t k) override {
    if (k < 0 && place_ < static_cast<std::size_t>(-k)) return nullptr;
    const std::size_t at = place_ + static_cast<std::size_t>(k > 0 ? k - 1 : k);
    return &tokens_[std::min(at, size_ - 1)];
  }
  std::size_t LA(ssize_t k) override { return LT(k)->getType(); }
  antlr4::Token* get(std::size_t index) const override { return const_cast<antlr4::CommonToken*>(&tokens_[index]); }
  void consume() override { place_ = std::min(place_ + 1, size_ - 1); }
  antlr4::TokenSource* getTokenSource() const override { return nullptr; }
  ssize_t mark() override { return 0; }
  void release(ssize_t) override {}
  std::size_t index() override { return place_; }
  void seek(std::size_t index) override { place_ = std::min(index, size_ - 1); }
  std::size_t size() override { return size_; }
  std::string getSourceName() const override { return {}; }
  std::string getText(const antlr4::misc::Interval&) override { return {}; }
  std::string getText() override { return {}; }
  std::string getText(antlr4::RuleContext*) override { return {}; }
  std::string getText(antlr4::Token*, antlr4::Token*) override { return {}; }

 private:
  std::deque<antlr4::CommonToken> tokens_;
  std::size_t size_ = 1;
  std::size_t place_ = 0;
};

/// Stops at the first token that does not fit; nothing is repaired, since nothing behind it is looked at.
class StopAtError : public antlr4::DefaultErrorStrategy {
 public:
  void recover(antlr4::Parser*, std::exception_ptr error) override { std::rethrow_exception(error); }
  antlr4::Token* recoverInline(antlr4::Parser* parser) override { throw antlr4::InputMismatchException(parser); }
  void sync(antlr4::Parser*) override {}
};

class FirstError : public antlr4::BaseErrorListener {
 public:
  void reset() { index_.reset(); }
  [[nodiscard]] std::optional<std::size_t> index() const { return index_; }
  void syntaxError(antlr4::Recognizer*, antlr4::Token* token, std::size_t, std::size_t, const std::string&,
                   std::exception_ptr) override {
    if (!index_ && token != nullptr) index_ = token->getTokenIndex();
  }

 private:
  std::optional<std::size_t> index_;
};

bool nests_too_deeply(std::span<const Token> tokens) {
  std::size_t depth = 0;
  for (const Token& token : tokens) {
    if (token.kind != TokenKind::kMark) continue;
    if (token.text == "{" || token.text == "(") ++depth;
    if ((token.text == "}" || token.text == ")") && depth > 0) --depth;
    if (depth > kMaxNesting) return true;
  }
  return false;
}

TokenKind kind_of(std::size_t type) {
  switch (type) {
    case NftRuleLexer::STRING: return TokenKind::kString;
    case NftRuleLexer::VARIABLE: return TokenKind::kVariable;
    case NftRuleLexer::SETREF: return TokenKind::kSetName;
    case NftRuleLexer::NEWLINE: return TokenKind::kNewline;
    case NftRuleLexer::LBRACE:
    case NftRuleLexer::RBRACE:
    case NftRuleLexer::LBRACKET:
    case NftRuleLexer::RBRACKET:
    case NftRuleLexer::LPAREN:
    case NftRuleLexer::RPAREN:
    case NftRuleLexer::COMMA:
    case NftRuleLexer::DOT:
    case NftRuleLexer::SLASH:
    case NftRuleLexer::DASH:
    case NftRuleLexer::COLON:
    case NftRuleLexer::ASSIGN:
    case NftRuleLexer::SEMICOLON:
    case NftRuleLexer::OTHER: return TokenKind::kMark;
    default: return TokenKind::kWord;
  }
}

}  // namespace

Tokens read_tokens(const source::SourceFile& file, source::FileId id) {
  Tokens tokens;
  std::string_view text = file.text();
  ByteStream stream(text);
  NftRuleLexer lexer(&stream);
  lexer.removeErrorListeners();
  std::uint32_t line = 1;
  std::size_t line_start = 0;
  std::size_t looked_at = 0;
  const auto place = [&](std::size_t begin, std::size_t end) {
    for (; looked_at < begin; ++looked_at)
      if (text[looked_at] == '\n') ++line, line_start = looked_at + 1;
    return source::Span{id, line, static_cast<std::uint32_t>(begin - line_start + 1),
                        static_cast<std::uint32_t>(end - line_start + 1)};
  };
  for (;;) {
    const std::unique_ptr<antlr4::Token> read = lexer.nextToken();
    if (read->getType() == antlr4::Token::EOF) break;
    const std::size_t begin = read->getStartIndex();
    const std::size_t end = read->getStopIndex() + 1;
    Token token{text.substr(begin, end - begin), place(begin, end), static_cast<std::uint16_t>(read->getType()),
                kind_of(read->getType())};
    if (token.kind == TokenKind::kString) token.text = token.text.substr(1, token.text.size() - 2);
    if (token.kind == TokenKind::kVariable || token.kind == TokenKind::kSetName) token.text.remove_prefix(1);
    tokens.push_back(token);
  }
  if (tokens.empty() || tokens.back().kind != TokenKind::kNewline)
    tokens.push_back({{}, place(text.size(), text.size() + 1), NftRuleLexer::NEWLINE, TokenKind::kNewline});
  return tokens;
}

source::Span span_of(std::span<const Token> tokens) {
  if (tokens.empty()) return {};
  source::Span span = tokens.front().span;
  for (const Token& token : tokens)
    if (token.span.file == span.file && token.span.line == span.line)
      span.end_column = std::max(span.end_column, token.span.end_column);
  return span;
}

class Parser::Impl {
 public:
  Impl() : parser_(&tokens_) {
    parser_.removeErrorListeners();
    parser_.addErrorListener(&errors_);
    parser_.setErrorHandler(std::make_shared<StopAtError>());
    parser_.getInterpreter<antlr4::atn::ParserATNSimulator>()->setPredictionMode(antlr4::atn::PredictionMode::SLL);
  }

  /// Calls `parse` on the tokens, and gives its tree to `read`.
  template <typename Parse, typename Read>
  auto run(std::span<const Token> tokens, Parse parse, Read read)
      -> std::optional<decltype(read(parse(std::declval<NftRuleParser&>())))> {
    error = {};
    if (nests_too_deeply(tokens)) {
      error = {span_of(tokens), "this nests too deeply"};
      return std::nullopt;
    }
    errors_.reset();
    tokens_.set(tokens);
    parser_.setTokenStream(&tokens_);  // frees the last tree
    try {
      auto* tree = parse(parser_);
      if (!errors_.index()) return read(tree);
    } catch (const std::exception&) {
      if (!errors_.index()) errors_.syntaxError(nullptr, tokens_.LT(1), 0, 0, {}, nullptr);
    }
    explain(tokens, *errors_.index());
    return std::nullopt;
  }

  SyntaxError error;

 private:
  void explain(std::span<const Token> tokens, std::size_t at) {
    if (at < tokens.size()) {
      error = {tokens[at].span, "unexpected `" + std::string(tokens[at].text.substr(0, 40)) + '`'};
      return;
    }
    error.span = tokens.empty() ? source::Span{} : tokens.back().span;
    error.span.column = std::max(error.span.end_column, 1U);
    ++error.span.end_column;
    error.message = "unexpected end: something is missing here";
  }

  TokenList tokens_;
  FirstError errors_;
  NftRuleParser parser_;
};

Parser::Parser() : impl_(std::make_unique<Impl>()) {}
Parser::~Parser() = default;

std::optional<std::vector<Statement>> Parser::rule(std::span<const Token> tokens) {
  return impl_->run(
      tokens, [](NftRuleParser& parser) { return parser.nftRule(); },
      [&](NftRuleParser::NftRuleContext* tree) { return read_rule(tree, tokens); });
}

std::optional<Expr> Parser::elements(std::span<const Token> tokens) {
  return impl_->run(
      tokens, [](NftRuleParser& parser) { return parser.nftElements(); },
      [&](NftRuleParser::NftElementsContext* tree) { return read_elements(tree, tokens); });
}

std::optional<Expr> Parser::value(std::span<const Token> tokens) {
  return impl_->run(
      tokens, [](NftRuleParser& parser) { return parser.nftValue(); },
      [&](NftRuleParser::NftValueContext* tree) { return read_value(tree, tokens); });
}

const SyntaxError& Parser::error() const { return impl_->error; }

}  // namespace nfproof::compiler::nft
