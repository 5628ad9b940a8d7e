// SPDX-License-Identifier: Apache-2.0
// The shell parser: `$name` and `${...}`.
#include <array>
#include <utility>

#include "compiler/script/parser_state.h"

namespace nfproof::script {
namespace {

struct OperatorRow {
  std::string_view text;
  ParameterOp op;
  bool colon;
  bool pattern;  ///< quotes in the argument are special also between double quotes
};

// Longer spellings stand before their prefixes.
constexpr std::array<OperatorRow, 20> kOperators = {{
    {":-", ParameterOp::kDefault, true, false},
    {":=", ParameterOp::kAssign, true, false},
    {":?", ParameterOp::kError, true, false},
    {":+", ParameterOp::kAlternative, true, false},
    {"-", ParameterOp::kDefault, false, false},
    {"=", ParameterOp::kAssign, false, false},
    {"?", ParameterOp::kError, false, false},
    {"+", ParameterOp::kAlternative, false, false},
    {"##", ParameterOp::kRemoveLongPrefix, false, true},
    {"#", ParameterOp::kRemovePrefix, false, true},
    {"%%", ParameterOp::kRemoveLongSuffix, false, true},
    {"%", ParameterOp::kRemoveSuffix, false, true},
    {"//", ParameterOp::kReplaceAll, false, true},
    {"/", ParameterOp::kReplaceFirst, false, true},
    {"^^", ParameterOp::kUpperAll, false, true},
    {"^", ParameterOp::kUpperFirst, false, true},
    {",,", ParameterOp::kLowerAll, false, true},
    {",", ParameterOp::kLowerFirst, false, true},
    {":", ParameterOp::kSubstring, false, false},
    {"@", ParameterOp::kNone, false, false},
}};

/// Cuts a word in two at the first unquoted `separator`. False when there is none.
bool cut(Word& word, char separator, Word& rest) {
  for (std::size_t i = 0; i < word.parts.size(); ++i) {
    Part& part = word.parts[i];
    if (part.kind != PartKind::kText || part.quoted) continue;
    const std::size_t at = part.text.find(separator);
    if (at == std::string::npos) continue;
    Part tail = part;
    tail.text.erase(0, at + 1);
    part.text.resize(at);
    rest.span = word.span;
    rest.parts.push_back(std::move(tail));
    rest.parts.insert(rest.parts.end(), word.parts.begin() + static_cast<std::ptrdiff_t>(i) + 1, word.parts.end());
    word.parts.resize(i + 1);
    return true;
  }
  return false;
}

}  // namespace

void Parser::simple_parameter(Word& word, bool quoted) {
  const std::size_t from = pos_++;
  std::size_t length = 1;
  if (is_name_start(peek()))
    while (is_name_char(peek(length))) ++length;
  auto parameter = std::make_shared<Parameter>();
  parameter->name = text_.substr(pos_, length);
  pos_ += length;
  Part part;
  part.kind = PartKind::kParameter;
  part.quoted = quoted;
  part.text = text_.substr(from, pos_ - from);
  part.span = span_from(from);
  part.parameter = std::move(parameter);
  word.parts.push_back(std::move(part));
}

std::string Parser::parameter_name() {
  const std::size_t from = pos_;
  if (is_name_start(peek())) {
    while (is_name_char(peek())) ++pos_;
  } else if (is_digit(peek())) {
    while (is_digit(peek())) ++pos_;
  } else if (is_special_parameter(peek())) {
    ++pos_;
  }
  return std::string(text_.substr(from, pos_ - from));
}

void Parser::subscript(Parameter& parameter) {
  if (peek() != '[') return;
  ++pos_;
  parameter.subscript = Subscript::kWord;
  if (at("@]")) parameter.subscript = Subscript::kAll;
  if (at("*]")) parameter.subscript = Subscript::kJoined;
  parameter.index = word(Place::kSubscript);
  if (peek() != ']') fail(pos_, "expected `]`");
  ++pos_;
}

void Parser::braced_parameter(Word& word, bool quoted) {
  const Nesting nesting(*this);
  const std::size_t from = pos_;
  pos_ += 2;
  auto parameter = std::make_shared<Parameter>();
  if (peek() == '#' && peek(1) != '}' && (is_name_char(peek(1)) || is_special_parameter(peek(1)))) {
    parameter->length = true;
    ++pos_;
  } else if (peek() == '!' && (is_name_char(peek(1)) || peek(1) == '#' || peek(1) == '@')) {
    parameter->indirect = true;
    ++pos_;
  }
  parameter->name = parameter_name();
  if (parameter->name.empty()) fail(from, "expected the name of a parameter after `${`");
  if (parameter->indirect && (at("*}") || at("@}"))) {
    parameter->name_prefix = true;
    ++pos_;
  }
  subscript(*parameter);
  if (peek() != '}') parameter_operator(*parameter, quoted);
  if (peek() != '}') fail(at_end() ? from : pos_, at_end() ? "this `${` is not closed" : "expected `}`");
  ++pos_;
  Part part;
  part.kind = PartKind::kParameter;
  part.quoted = quoted;
  part.text = text_.substr(from, pos_ - from);
  part.span = span_from(from);
  part.parameter = std::move(parameter);
  word.parts.push_back(std::move(part));
}

void Parser::parameter_operator(Parameter& parameter, bool quoted) {
  for (const OperatorRow& row : kOperators) {
    if (!at(row.text)) continue;
    if (row.op == ParameterOp::kNone) break;
    if (parameter.length) break;
    pos_ += row.text.size();
    parameter.op = row.op;
    parameter.colon = row.colon;
    const bool replaces = row.op == ParameterOp::kReplaceFirst || row.op == ParameterOp::kReplaceAll;
    if (row.op == ParameterOp::kReplaceFirst && peek() == '#') {
      parameter.op = ParameterOp::kReplacePrefix;
      ++pos_;
    } else if (row.op == ParameterOp::kReplaceFirst && peek() == '%') {
      parameter.op = ParameterOp::kReplaceSuffix;
      ++pos_;
    }
    parameter.argument = word(quoted && !row.pattern ? Place::kBraceQuoted : Place::kBrace);
    if (replaces) parameter.has_second = cut(parameter.argument, '/', parameter.second);
    if (row.op == ParameterOp::kSubstring) {
      for (Part& part : parameter.argument.parts) part.quoted = false;
      parameter.has_second = cut(parameter.argument, ':', parameter.second);
    }
    return;
  }
  fail(pos_, "this form of `${...}` is not followed");
}

}  // namespace nfproof::script
