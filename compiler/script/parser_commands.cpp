// SPDX-License-Identifier: Apache-2.0
// The shell parser: lists, pipelines, simple commands, assignments and redirections.
#include <algorithm>
#include <array>

#include "compiler/script/parser_state.h"

namespace nfproof::script {
namespace {

/// A word that is one piece of plain text, as keywords and names of commands are. Empty otherwise.
std::string_view plain_text(const Word& word) {
  if (word.parts.size() != 1 || word.parts[0].kind != PartKind::kText || word.parts[0].quoted) return {};
  return word.parts[0].text;
}

/// Commands whose arguments may be assignments.
bool declares(std::string_view name) {
  static constexpr std::array<std::string_view, 5> kNames = {"declare", "export", "local", "readonly", "typeset"};
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

bool is_name(std::string_view text) {
  return !text.empty() && is_name_start(text[0]) && std::all_of(text.begin(), text.end(), is_name_char);
}

}  // namespace

List Parser::program() {
  List commands = list();
  if (at_end()) return commands;
  if (peek() == ')') fail(pos_, "this `)` closes nothing");
  std::size_t end = pos_;
  while (end < text_.size() && is_name_char(text_[end])) ++end;
  fail(pos_, "unexpected `" + std::string(text_.substr(pos_, std::max(end, pos_ + 1) - pos_)) + '`');
}

bool Parser::at_list_end() const {
  static constexpr std::array<std::string_view, 8> kEnds = {"}", "then", "elif", "else", "fi", "do", "done", "esac"};
  if (at_end() || peek() == ')' || at(";;") || at(";&")) return true;
  return std::any_of(kEnds.begin(), kEnds.end(), [&](std::string_view end) { return at_keyword(end); });
}

List Parser::list() {
  const Nesting nesting(*this);
  List list;
  for (;;) {
    skip_newlines();
    if (at_list_end()) break;
    list.items.push_back(and_or());
    skip_blanks();
    if (peek() == '&' && peek(1) != '&') {
      ++pos_;
      list.items.back().background = true;
    } else if (peek() == ';' && peek(1) != ';' && peek(1) != '&') {
      ++pos_;
    } else if (peek() != '\n') {
      break;
    }
  }
  return list;
}

AndOr Parser::and_or() {
  AndOr result;
  const std::size_t from = pos_;
  result.items.push_back({Connector::kAlways, pipeline()});
  for (skip_blanks(); at("&&") || at("||"); skip_blanks()) {
    const Connector connector = peek() == '&' ? Connector::kAnd : Connector::kOr;
    pos_ += 2;
    skip_newlines();
    result.items.push_back({connector, pipeline()});
  }
  result.span = span_from(from);
  return result;
}

Pipeline Parser::pipeline() {
  Pipeline result;
  skip_blanks();
  const std::size_t from = pos_;
  while (at_keyword("!") || at_keyword("time")) {
    if (peek() == '!') result.negated = !result.negated;
    pos_ += peek() == '!' ? 1 : 4;
    skip_blanks();
    if (at("-p ")) pos_ += 3;
    skip_blanks();
  }
  for (;;) {
    result.commands.push_back(command());
    skip_blanks();
    if (peek() != '|' || peek(1) == '|') break;
    ++pos_;
    result.pipe_errors.push_back(take("&"));
    skip_newlines();
  }
  result.pipe_errors.push_back(false);
  result.span = span_from(from);
  return result;
}

CommandPtr Parser::command() {
  const Nesting nesting(*this);
  skip_blanks();
  auto result = std::make_shared<Command>();
  const std::size_t from = pos_;
  if (compound(*result)) {
    if (!std::holds_alternative<FunctionDefinition>(result->kind)) redirects(result->redirects);
  } else {
    simple(*result);
  }
  result->span = span_from(from);
  return result;
}

void Parser::simple(Command& command) {
  SimpleCommand simple;
  const std::size_t from = pos_;
  bool declaration = false;
  for (skip_blanks();; skip_blanks()) {
    if (redirect_ahead()) {
      redirect(command.redirects);
      continue;
    }
    if (at_metacharacter() && !at("<(") && !at(">(")) break;
    if (simple.arguments.empty() && assignment_ahead()) {
      simple.assignments.push_back(assignment());
      continue;
    }
    Argument& argument = simple.arguments.emplace_back();
    if (declaration && assignment_ahead()) {
      const std::size_t start = pos_;
      argument.assignment = std::make_shared<const Assignment>(assignment());
      argument.word.span = span_from(start);
      continue;
    }
    argument.word = word();
    const std::string_view plain = plain_text(argument.word);
    if (simple.arguments.size() == 1) declaration = declares(plain);
    if (simple.arguments.size() != 1 || simple.assignments.size() != 0 || plain.empty()) continue;
    skip_blanks();
    if (peek() != '(') continue;
    const std::size_t open = pos_++;
    skip_blanks();
    if (peek() != ')') fail(open, "unexpected `(`");
    ++pos_;
    return function_body(command, std::string(plain));
  }
  if (simple.arguments.empty() && simple.assignments.empty() && command.redirects.empty()) {
    if (at_end()) fail(from == 0 ? 0 : from, "the script ends where a command is expected");
    fail(pos_, peek() == '\n' ? "a command is missing before the end of the line"
                              : "unexpected `" + std::string(1, peek()) + '`');
  }
  if (peek() == '(') fail(pos_, "unexpected `(`");
  command.kind = std::move(simple);
}

bool Parser::assignment_ahead() const {
  if (!is_name_start(peek())) return false;
  std::size_t i = 1;
  while (is_name_char(peek(i))) ++i;
  if (peek(i) == '[') {
    const std::size_t close = text_.find_first_of("]\n", pos_ + i);
    if (close == std::string_view::npos || text_[close] != ']') return false;
    i = close - pos_ + 1;
  }
  if (peek(i) == '+') ++i;
  return peek(i) == '=';
}

Assignment Parser::assignment() {
  Assignment result;
  const std::size_t from = pos_;
  while (is_name_char(peek())) result.name += text_[pos_++];
  if (peek() == '[') {
    ++pos_;
    result.has_index = true;
    result.index = word(Place::kSubscript);
    if (peek() != ']') fail(pos_, "expected `]`");
    ++pos_;
  }
  result.append = take("+");
  ++pos_;
  if (peek() == '(' && !result.has_index) {
    array_elements(result);
  } else if (!at_metacharacter() || at("<(")) {
    result.value = word();
  }
  result.span = span_from(from);
  return result;
}

void Parser::array_elements(Assignment& assignment) {
  const std::size_t open = pos_++;
  assignment.is_array = true;
  for (;;) {
    skip_newlines();
    if (peek() == ')') break;
    if (at_end()) fail(open, "this parenthesis is not closed");
    Assignment::Element& element = assignment.elements.emplace_back();
    const std::size_t close = text_.find(']', pos_);
    if (peek() == '[' && close != std::string_view::npos && close + 1 < text_.size() && text_[close + 1] == '=') {
      ++pos_;
      element.has_index = true;
      element.index = word(Place::kSubscript);
      pos_ += 2;
      if (at_metacharacter()) continue;
    } else if (at_metacharacter()) {
      fail(pos_, "unexpected `" + std::string(1, peek()) + '`');
    }
    element.value = word();
  }
  ++pos_;
}

bool Parser::redirect_ahead() const {
  std::size_t i = 0;
  while (is_digit(peek(i))) ++i;
  if (peek(i) == '<' || peek(i) == '>') return peek(i + 1) != '(' || i > 0;
  return i == 0 && (at("&>"));
}

void Parser::redirects(std::vector<Redirect>& redirects) {
  for (skip_blanks(); redirect_ahead(); skip_blanks()) redirect(redirects);
}

void Parser::redirect(std::vector<Redirect>& redirects) {
  struct Row {
    std::string_view text;
    RedirectKind kind;
  };
  static constexpr std::array<Row, 12> kRows = {{{"&>>", RedirectKind::kAppend},
                                                 {"&>", RedirectKind::kWrite},
                                                 {"<<<", RedirectKind::kHereString},
                                                 {"<<-", RedirectKind::kHere},
                                                 {"<<", RedirectKind::kHere},
                                                 {"<&", RedirectKind::kDuplicate},
                                                 {"<>", RedirectKind::kReadWrite},
                                                 {"<", RedirectKind::kRead},
                                                 {">>", RedirectKind::kAppend},
                                                 {">&", RedirectKind::kDuplicate},
                                                 {">|", RedirectKind::kWrite},
                                                 {">", RedirectKind::kWrite}}};
  Redirect result;
  const std::size_t from = pos_;
  if (is_digit(peek())) {
    result.fd = 0;
    for (; is_digit(peek()); ++pos_) result.fd = std::min(result.fd * 10 + (peek() - '0'), 1000);
  }
  const auto row = std::find_if(kRows.begin(), kRows.end(), [&](const Row& each) { return at(each.text); });
  if (row == kRows.end()) fail(pos_, "expected a redirection");
  pos_ += row->text.size();
  result.kind = row->kind;
  result.both = row->text[0] == '&';
  if (result.fd < 0) result.fd = row->text[0] == '<' ? 0 : 1;
  skip_blanks();
  if (at_metacharacter() && !at("<(")) fail(pos_, "the redirection has no target");
  result.target = word();
  result.span = span_from(from);
  if (result.kind == RedirectKind::kHere) {
    PendingHere here{std::make_shared<Word>(), {}, false, row->text == "<<-"};
    here.body->span = result.span;
    for (const Part& part : result.target.parts) {
      here.delimiter += part.text;
      here.quoted = here.quoted || part.quoted;
    }
    result.here = here.body;
    pending_.push_back(std::move(here));
  }
  redirects.push_back(std::move(result));
}

void Parser::function_body(Command& command, std::string name) {
  if (!is_name(name) && name.find_first_of("$`\"'\\/") != std::string::npos)
    fail(pos_, '`' + name + "` is no name of a function");
  skip_newlines();
  FunctionDefinition definition;
  definition.name = std::move(name);
  auto body = std::make_shared<Command>();
  const std::size_t from = pos_;
  if (!compound(*body)) fail(pos_, "expected the body of the function `" + definition.name + '`');
  redirects(body->redirects);
  body->span = span_from(from);
  definition.body = std::move(body);
  command.kind = std::move(definition);
}

}  // namespace nfproof::script
