// SPDX-License-Identifier: Apache-2.0
// The parser behind line_parser.h: the scanner for lines that it sees through, the generated parser for all others.
// Reads bytes, not characters: columns are bytes, and text in any encoding passes. The generated parser decides whether
// a line is well formed; the parts are then read from its tokens, which saves building a tree for each line.
#include "compiler/frontend/line_parser.h"

#include <antlr4-runtime.h>

#include <algorithm>

#include "IptablesSave/IptablesSaveLexer.h"
#include "IptablesSave/IptablesSaveParser.h"
#include "compiler/frontend/byte_stream.h"
#include "compiler/frontend/counters_text.h"
#include "compiler/frontend/line_scanner.h"

namespace nfproof::compiler {
namespace {

using grammar::IptablesSaveLexer;
using grammar::IptablesSaveParser;

/// Remembers the first token that the parser did not expect.
class FirstError : public antlr4::BaseErrorListener {
 public:
  void reset() { token_ = nullptr; }
  [[nodiscard]] antlr4::Token* token() const { return token_; }
  void syntaxError(antlr4::Recognizer*, antlr4::Token* token, std::size_t, std::size_t, const std::string&,
                   std::exception_ptr) override {
    if (token_ == nullptr) token_ = token;
  }

 private:
  antlr4::Token* token_ = nullptr;
};

}  // namespace

class LineParser::Impl {
 public:
  explicit Impl(Way way) : way_(way), lexer_(&stream_), tokens_(&lexer_), parser_(&tokens_) {
    lexer_.removeErrorListeners();
    parser_.removeErrorListeners();
    parser_.addErrorListener(&errors_);
    parser_.setBuildParseTree(false);
    parser_.getInterpreter<antlr4::atn::ParserATNSimulator>()->setPredictionMode(antlr4::atn::PredictionMode::SLL);
  }

  const ParsedLine& parse(source::FileId file, std::uint32_t line, std::string_view text) {
    file_ = file, line_ = line, text_ = text;
    start_line(file, line, text, out_);
    if (way_ == Way::kQuick && scan_line(file, line, text, out_)) return out_;
    out_.words.clear();
    out_.counters.reset();
    feed(text);
    parser_.line();
    if (errors_.token() != nullptr)
      report(errors_.token());
    else
      read();
    return out_;
  }

 private:
  void feed(std::string_view text) {
    errors_.reset();
    stream_.set(text);
    lexer_.setInputStream(&stream_);
    tokens_.setTokenSource(&lexer_);
    parser_.setTokenStream(&tokens_);
  }

  [[nodiscard]] source::Span span(std::size_t begin, std::size_t end) const {
    return {file_, line_, static_cast<std::uint32_t>(begin + 1), static_cast<std::uint32_t>(end + 1)};
  }
  [[nodiscard]] source::Span span(const antlr4::Token* token) const {
    if (token->getType() == antlr4::Token::EOF) return span(text_.size(), text_.size() + 1);
    return span(token->getStartIndex(), token->getStopIndex() + 1);
  }

  [[nodiscard]] std::string_view text_of(const antlr4::Token* token) const {
    return text_.substr(token->getStartIndex(), token->getStopIndex() + 1 - token->getStartIndex());
  }

  void add_word(const antlr4::Token* token) {
    const source::Span place = span(token);
    std::string_view text = text_of(token);
    const bool quoted = text.find('"') != std::string_view::npos;
    if (quoted) text = out_.unquoted.emplace_back(unquote(text));
    out_.words.push_back({text, place, quoted});
  }

  void read() {
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      const antlr4::Token* token = tokens_.get(i);
      switch (token->getType()) {
        case IptablesSaveLexer::TABLE: out_.kind = LineKind::kTable; break;
        case IptablesSaveLexer::CHAIN: out_.kind = LineKind::kChain; break;
        case IptablesSaveLexer::COMMIT: out_.kind = LineKind::kCommit; break;
        case IptablesSaveLexer::REMARK: out_.kind = LineKind::kRemark; break;
        case IptablesSaveLexer::COUNTERS: out_.counters = read_counters(text_of(token)); break;
        case IptablesSaveLexer::UNCLOSED: out_.unclosed_quote = true; [[fallthrough]];
        case IptablesSaveLexer::NOT:
        case IptablesSaveLexer::OPTION:
        case IptablesSaveLexer::WORD:
          out_.kind = LineKind::kCommand;
          add_word(token);
          break;
        case IptablesSaveLexer::FIELD: out_.words.push_back({text_of(token), span(token), false}); break;
        default: break;  // the end of the line
      }
    }
  }

  void report(antlr4::Token* token) {
    out_.kind = LineKind::kBad;
    out_.error_span = span(token);
    const bool at_end = token->getType() == antlr4::Token::EOF;
    const std::string got =
        at_end ? std::string("the end of the line") : '`' + std::string(text_of(token).substr(0, 40)) + '`';
    antlr4::Token* before = token->getTokenIndex() > 0 ? tokens_.get(token->getTokenIndex() - 1) : nullptr;
    if (before != nullptr && before->getType() == IptablesSaveLexer::NOT && !at_end) {
      out_.error_span.column = span(before).column;
      out_.error = "`!` stands before an option, not before its value: write `! OPTION " +
                   std::string(text_of(token).substr(0, 40)) + '`';
    } else if (before == nullptr && text_[token->getStartIndex()] == '[') {
      out_.error = "expected counters `[PACKETS:BYTES]`, got " + got;
    } else if (before != nullptr && before->getType() == IptablesSaveLexer::COMMIT) {
      out_.error = "expected nothing after `COMMIT`, got " + got;
    } else if (before == nullptr) {
      out_.error =
          "expected a table (`*filter`), a chain (`:INPUT ACCEPT`), a rule (`-A INPUT ...`), `COMMIT` or `#`, got " +
          got;
    } else {
      out_.error = "expected an option such as `-A` or `-j`, got " + got;
    }
  }

  Way way_;
  ByteStream stream_;
  IptablesSaveLexer lexer_;
  antlr4::CommonTokenStream tokens_;
  IptablesSaveParser parser_;
  FirstError errors_;

  source::FileId file_{};
  std::uint32_t line_ = 0;
  std::string_view text_;
  ParsedLine out_;
};

LineParser::LineParser(Way way) : impl_(std::make_unique<Impl>(way)) {}
LineParser::~LineParser() = default;

const ParsedLine& LineParser::parse(source::FileId file, std::uint32_t line_number, std::string_view text) {
  return impl_->parse(file, line_number, text);
}

}  // namespace nfproof::compiler
