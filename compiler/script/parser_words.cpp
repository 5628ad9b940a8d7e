// SPDX-License-Identifier: Apache-2.0
// The shell parser: words, and the quotes and substitutions in them.
#include "compiler/script/escapes.h"
#include "compiler/script/parser_state.h"

namespace nfproof::script {

Word Parser::here_document() { return word(Place::kHere); }

Word Parser::word(Place place) {
  const Nesting nesting(*this);
  Word word;
  const std::size_t from = pos_;
  const bool quoted =
      place == Place::kQuoted || place == Place::kHere || place == Place::kArithmetic || place == Place::kBraceQuoted;
  int parentheses = 0;
  while (!at_end()) {
    if (place == Place::kRegex && peek() == '(') ++parentheses;
    if (place == Place::kRegex && peek() == ')' && parentheses > 0) {
      --parentheses;
    } else if (ends_word(place, from)) {
      break;
    }
    word_part(word, place, quoted);
  }
  word.span = span_from(from);
  return word;
}

bool Parser::ends_word(Place place, std::size_t from) const {
  const char c = peek();
  switch (place) {
    case Place::kPlain: return at_metacharacter() && !(pos_ == from && (at("<(") || at(">(")));
    case Place::kQuoted: return c == '"';
    case Place::kHere:
    case Place::kArithmetic: return false;
    case Place::kBrace:
    case Place::kBraceQuoted: return c == '}';
    case Place::kRegex: return is_blank(c) || c == '\n' || c == ')';
    case Place::kSubscript: return c == ']';
  }
  return true;
}

void Parser::word_part(Word& word, Place place, bool quoted) {
  const std::size_t from = pos_;
  const char c = peek();
  if (c == '\\') return backslash(word, place, quoted);
  if (c == '$') return dollar(word, quoted);
  if (c == '`') return backticks(word, quoted);
  if (c == '"' && place != Place::kHere) return double_quotes(word);
  if (c == '\'' && !quoted) return single_quotes(word, place);
  if ((at("<(") || at(">(")) && place == Place::kPlain) return process_substitution(word);
  std::size_t length = 1;
  // Plain characters are taken in one go.
  while (is_name_char(peek(length)) || peek(length) == '.' || peek(length) == '/') {
    if (peek(length) == '/' && place != Place::kPlain) break;
    ++length;
  }
  if (place == Place::kBrace || place == Place::kBraceQuoted) length = 1;
  pos_ += length;
  add_text(word, text_.substr(from, length), quoted, from);
}

void Parser::add_text(Word& word, std::string_view text, bool quoted, std::size_t from) {
  if (!word.parts.empty() && word.parts.back().kind == PartKind::kText && word.parts.back().quoted == quoted) {
    word.parts.back().text += text;
    word.parts.back().span.end_column = span(from, pos_).end_column;
    return;
  }
  Part& part = word.parts.emplace_back();
  part.quoted = quoted;
  part.text = text;
  part.span = span_from(from);
}

void Parser::single_quotes(Word& word, Place) {
  const std::size_t from = pos_++;
  const std::size_t end = text_.find('\'', pos_);
  if (end == std::string_view::npos) fail(from, "this single quote is not closed");
  const std::string_view inside = text_.substr(pos_, end - pos_);
  pos_ = end + 1;
  add_text(word, inside, true, from);
}

void Parser::dollar_quotes(Word& word) {
  const std::size_t from = pos_;
  pos_ += 2;
  std::string raw;
  while (!at_end() && peek() != '\'') {
    if (peek() == '\\' && pos_ + 1 < text_.size()) raw += text_[pos_++];
    raw += text_[pos_++];
  }
  if (at_end()) fail(from, "this single quote is not closed");
  ++pos_;
  add_text(word, unescape(raw, EscapeStyle::kDollarQuotes).text, true, from);
}

void Parser::double_quotes(Word& word) {
  const std::size_t from = pos_++;
  Word inside = this->word(Place::kQuoted);
  if (at_end()) fail(from, "this double quote is not closed");
  ++pos_;
  if (inside.parts.empty()) add_text(word, "", true, from);
  for (Part& part : inside.parts) word.parts.push_back(std::move(part));
}

void Parser::backslash(Word& word, Place place, bool quoted) {
  const std::size_t from = pos_;
  const char next = peek(1);
  if (pos_ + 1 >= text_.size()) {
    ++pos_;
    return add_text(word, "\\", true, from);
  }
  pos_ += 2;
  if (next == '\n') return;
  const bool special = !quoted || next == '$' || next == '`' || next == '\\' ||
                       (next == '"' && place != Place::kHere) || (next == '}' && place == Place::kBraceQuoted);
  add_text(word, special ? std::string(1, next) : std::string{'\\', next}, true, from);
}

void Parser::dollar(Word& word, bool quoted) {
  if (at("$((") && arithmetic_substitution(word, quoted)) return;
  if (at("$(")) return command_substitution(word, quoted);
  if (at("${")) return braced_parameter(word, quoted);
  if (at("$'") && !quoted) return dollar_quotes(word);
  if (at("$\"") && !quoted) {
    ++pos_;
    return double_quotes(word);
  }
  const char next = peek(1);
  if (is_name_start(next) || is_digit(next) || is_special_parameter(next)) return simple_parameter(word, quoted);
  const std::size_t from = pos_++;
  add_text(word, "$", quoted, from);
}

void Parser::backticks(Word& word, bool quoted) {
  const std::size_t from = pos_++;
  std::string inside;
  while (!at_end() && peek() != '`') {
    if (peek() == '\\' && (peek(1) == '`' || peek(1) == '\\' || peek(1) == '$' || (quoted && peek(1) == '"'))) ++pos_;
    if (at_end()) break;
    inside += text_[pos_++];
  }
  if (at_end()) fail(from, "this backtick is not closed");
  ++pos_;
  Origin origin = origin_;
  origin.fixed = span_from(from);
  origin.depth = depth_ + 1;
  Part part;
  part.kind = PartKind::kCommand;
  part.quoted = quoted;
  part.text = text_.substr(from, pos_ - from);
  part.span = *origin.fixed;
  part.commands = std::make_shared<const List>(Parser(inside, origin).program());
  word.parts.push_back(std::move(part));
}

void Parser::command_substitution(Word& word, bool quoted) {
  const std::size_t from = pos_;
  pos_ += 2;
  Part part;
  part.kind = PartKind::kCommand;
  part.quoted = quoted;
  part.commands = std::make_shared<const List>(list());
  if (peek() != ')') fail(from, "this `$(` is not closed");
  ++pos_;
  part.text = text_.substr(from, pos_ - from);
  part.span = span_from(from);
  word.parts.push_back(std::move(part));
}

void Parser::process_substitution(Word& word) {
  const std::size_t from = pos_;
  const bool output = peek() == '>';
  pos_ += 2;
  Part part;
  part.kind = PartKind::kProcess;
  part.commands = std::make_shared<const List>(list());
  if (peek() != ')') fail(from, "this parenthesis is not closed");
  ++pos_;
  if (output) fail(from, "a process substitution for output is not followed");
  part.text = text_.substr(from, pos_ - from);
  part.span = span_from(from);
  word.parts.push_back(std::move(part));
}

bool Parser::scan_arithmetic(std::size_t& end) const {
  int depth = 0;
  for (std::size_t i = pos_; i < text_.size(); ++i) {
    const char c = text_[i];
    if (c == '\\') {
      ++i;
    } else if (c == '(') {
      ++depth;
    } else if (c == ')') {
      if (depth == 0) {
        end = i;
        return text_.substr(i).starts_with("))");
      }
      --depth;
    }
  }
  return false;
}

Word Parser::arithmetic_text(std::size_t end) {
  const std::string_view whole = text_;
  text_ = text_.substr(0, end);
  Word expression = word(Place::kArithmetic);
  text_ = whole;
  return expression;
}

bool Parser::arithmetic_substitution(Word& word, bool quoted) {
  const std::size_t from = pos_;
  pos_ += 3;
  std::size_t end = 0;
  if (!scan_arithmetic(end)) {
    pos_ = from;
    return false;
  }
  Part part;
  part.kind = PartKind::kArithmetic;
  part.quoted = quoted;
  part.arithmetic = std::make_shared<const Word>(arithmetic_text(end));
  pos_ = end + 2;
  part.text = text_.substr(from, pos_ - from);
  part.span = span_from(from);
  word.parts.push_back(std::move(part));
  return true;
}

}  // namespace nfproof::script
