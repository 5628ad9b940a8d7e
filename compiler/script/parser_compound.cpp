// SPDX-License-Identifier: Apache-2.0
// The shell parser: `if`, loops, `case`, groups, `((...))` and `[[...]]`.
#include <algorithm>
#include <array>

#include "compiler/script/parser_state.h"

namespace nfproof::script {

bool Parser::compound(Command& command) {
  if (peek() == '(') {
    if (!at("((") || !arithmetic_command(command)) subshell(command);
  } else if (at_keyword("{")) {
    group(command);
  } else if (at_keyword("if")) {
    if_command(command);
  } else if (at_keyword("while") || at_keyword("until")) {
    loop_command(command, peek() == 'u');
  } else if (at_keyword("for")) {
    for_command(command);
  } else if (at_keyword("case")) {
    case_command(command);
  } else if (at_keyword("[[")) {
    condition_command(command);
  } else if (at_keyword("function")) {
    pos_ += 8;
    skip_blanks();
    std::string name;
    while (!at_metacharacter()) name += text_[pos_++];
    skip_blanks();
    if (peek() == '(') {
      ++pos_;
      skip_blanks();
      if (!take(")")) fail(pos_, "expected `)`");
    }
    function_body(command, std::move(name));
  } else if (at_keyword("select") || at_keyword("coproc")) {
    fail(pos_, peek() == 's' ? "`select` asks a person: not followed" : "`coproc` is not followed");
  } else {
    return false;
  }
  return true;
}

/// Shells refuse a body without a command.
List Parser::filled_list() {
  List commands = list();
  if (commands.items.empty() && !at_end())
    fail(pos_, "expected a command: shells refuse an empty body, `:` does nothing");
  return commands;
}

void Parser::group(Command& command) {
  const std::size_t opened = pos_++;
  Group group;
  group.body = filled_list();
  skip_newlines();
  if (!at_keyword("}")) fail(at_end() ? opened : pos_, at_end() ? "this `{` is not closed" : "expected `}`");
  ++pos_;
  command.kind = std::move(group);
}

void Parser::subshell(Command& command) {
  const std::size_t opened = pos_++;
  Group group;
  group.subshell = true;
  group.body = filled_list();
  if (peek() != ')') fail(at_end() ? opened : pos_, at_end() ? "this `(` is not closed" : "expected `)`");
  ++pos_;
  command.kind = std::move(group);
}

bool Parser::arithmetic_command(Command& command) {
  const std::size_t from = pos_;
  pos_ += 2;
  std::size_t end = 0;
  if (!scan_arithmetic(end)) {
    pos_ = from;
    return false;
  }
  ArithmeticCommand arithmetic;
  arithmetic.expression = arithmetic_text(end);
  pos_ = end + 2;
  command.kind = std::move(arithmetic);
  return true;
}

void Parser::if_command(Command& command) {
  const std::size_t opened = pos_;
  pos_ += 2;
  IfCommand result;
  for (;;) {
    IfCommand::Branch& branch = result.branches.emplace_back();
    branch.condition = filled_list();
    expect_keyword("then", "if", opened);
    branch.body = filled_list();
    skip_newlines();
    if (!at_keyword("elif")) break;
    pos_ += 4;
  }
  if (at_keyword("else")) {
    pos_ += 4;
    result.otherwise = filled_list();
  }
  expect_keyword("fi", "if", opened);
  command.kind = std::move(result);
}

void Parser::loop_command(Command& command, bool until) {
  const std::size_t opened = pos_;
  pos_ += 5;
  LoopCommand loop;
  loop.until = until;
  loop.condition = filled_list();
  expect_keyword("do", until ? "until" : "while", opened);
  loop.body = filled_list();
  expect_keyword("done", until ? "until" : "while", opened);
  command.kind = std::move(loop);
}

List Parser::do_group() {
  const std::size_t opened = pos_;
  if (at_keyword("{")) {
    ++pos_;
    List body = filled_list();
    expect_keyword("}", "for", opened);
    return body;
  }
  expect_keyword("do", "for", opened);
  List body = filled_list();
  expect_keyword("done", "for", opened);
  return body;
}

void Parser::for_command(Command& command) {
  const std::size_t opened = pos_;
  pos_ += 3;
  skip_blanks();
  if (at("((")) return arithmetic_for(command, opened);
  ForCommand loop;
  if (!is_name_start(peek())) fail(pos_, "expected the name of a variable after `for`");
  loop.name = parameter_name();
  skip_newlines();
  if (at_keyword("in")) {
    pos_ += 2;
    for (skip_blanks(); !at_metacharacter() || at("<("); skip_blanks()) loop.words.push_back(word());
    if (peek() != ';' && peek() != '\n') fail(pos_, "expected `;` or the end of the line after the words of `for`");
  } else {
    loop.over_arguments = true;
  }
  if (peek() == ';') ++pos_;
  skip_newlines();
  loop.body = do_group();
  command.kind = std::move(loop);
}

void Parser::arithmetic_for(Command& command, std::size_t opened) {
  pos_ += 2;
  std::size_t end = 0;
  if (!scan_arithmetic(end)) fail(opened, "this `for ((` is not closed");
  ArithmeticFor loop;
  const std::array<Word*, 3> parts = {&loop.start, &loop.condition, &loop.step};
  for (std::size_t i = 0; i < parts.size(); ++i) {
    std::size_t stop = std::min(text_.find(';', pos_), end);
    if (i == 2) stop = end;
    if (i < 2 && stop == end) fail(opened, "`for ((` needs three expressions with `;` between them");
    *parts[i] = arithmetic_text(stop);
    pos_ = i < 2 ? stop + 1 : end + 2;
  }
  skip_blanks();
  if (peek() == ';') ++pos_;
  skip_newlines();
  loop.body = do_group();
  command.kind = std::move(loop);
}

void Parser::case_command(Command& command) {
  const std::size_t opened = pos_;
  pos_ += 4;
  skip_blanks();
  CaseCommand result;
  if (at_metacharacter()) fail(pos_, "`case` needs a word");
  result.subject = word();
  expect_keyword("in", "case", opened);
  for (skip_newlines(); !at_keyword("esac"); skip_newlines()) {
    if (at_end()) fail(opened, "this `case` has no `esac`");
    result.branches.push_back(case_branch());
  }
  pos_ += 4;
  command.kind = std::move(result);
}

CaseCommand::Branch Parser::case_branch() {
  CaseCommand::Branch branch;
  if (peek() == '(') ++pos_;
  for (;;) {
    skip_blanks();
    if (at_metacharacter()) fail(pos_, "expected a pattern of `case`");
    branch.patterns.push_back(word());
    skip_blanks();
    if (!take("|")) break;
  }
  if (!take(")")) fail(pos_, "expected `)` after the pattern of `case`");
  branch.body = list();
  skip_newlines();
  if (take(";;&")) {
    branch.end = CaseCommand::End::kTestNext;
  } else if (take(";;")) {
    branch.end = CaseCommand::End::kBreak;
  } else if (take(";&")) {
    branch.end = CaseCommand::End::kFallThrough;
  } else if (!at_keyword("esac")) {
    fail(pos_, "expected `;;` or `esac`");
  }
  return branch;
}

void Parser::condition_space() { skip_newlines(); }

void Parser::condition_command(Command& command) {
  const std::size_t opened = pos_;
  pos_ += 2;
  ConditionCommand result;
  result.condition = condition_or();
  condition_space();
  if (!at_keyword("]]")) fail(at_end() ? opened : pos_, at_end() ? "this `[[` is not closed" : "expected `]]`");
  pos_ += 2;
  command.kind = std::move(result);
}

Condition Parser::condition_or() {
  const Nesting nesting(*this);
  Condition left = condition_and();
  for (condition_space(); take("||"); condition_space()) {
    Condition both;
    both.kind = Condition::Kind::kOr;
    both.operands.push_back(std::move(left));
    both.operands.push_back(condition_and());
    left = std::move(both);
  }
  return left;
}

Condition Parser::condition_and() {
  Condition left = condition_primary();
  for (condition_space(); take("&&"); condition_space()) {
    Condition both;
    both.kind = Condition::Kind::kAnd;
    both.operands.push_back(std::move(left));
    both.operands.push_back(condition_primary());
    left = std::move(both);
  }
  return left;
}

Condition Parser::condition_primary() {
  const Nesting nesting(*this);
  static constexpr std::array<std::string_view, 15> kBinary = {"==",  "=",   "!=",  "=~",  "<",   ">",   "-eq", "-ne",
                                                               "-lt", "-le", "-gt", "-ge", "-nt", "-ot", "-ef"};
  condition_space();
  Condition result;
  if (at_keyword("!")) {
    ++pos_;
    result.kind = Condition::Kind::kNot;
    result.operands.push_back(condition_primary());
    return result;
  }
  if (peek() == '(') {
    const std::size_t opened = pos_++;
    result = condition_or();
    condition_space();
    if (!take(")")) fail(opened, "this parenthesis is not closed");
    return result;
  }
  if (at_metacharacter() || at_keyword("]]")) fail(pos_, "expected a test in `[[`");
  if (peek() == '-' && is_name_start(peek(1)) && is_blank(peek(2))) {
    result.kind = Condition::Kind::kUnary;
    result.op = text_.substr(pos_, 2);
    pos_ += 2;
    condition_space();
    if (!at_metacharacter() && !at_keyword("]]")) {
      result.left = word();
      return result;
    }
    fail(pos_, '`' + result.op + "` needs an operand");
  }
  result.left = word();
  condition_space();
  for (const std::string_view op : kBinary) {
    if (!at(op) || !(is_blank(peek(op.size())) || peek(op.size()) == '\n')) continue;
    pos_ += op.size();
    result.kind = Condition::Kind::kBinary;
    result.op = op;
    condition_space();
    if (op != "=~" && at_metacharacter()) fail(pos_, '`' + result.op + "` needs a right side");
    result.right = word(op == "=~" ? Place::kRegex : Place::kPlain);
    return result;
  }
  result.kind = Condition::Kind::kWord;
  return result;
}

}  // namespace nfproof::script
