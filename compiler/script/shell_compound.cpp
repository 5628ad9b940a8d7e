// SPDX-License-Identifier: Apache-2.0
// The shell: `if`, loops, `case`, groups, functions, `((...))` and `[[...]]`.
#include "compiler/script/arithmetic.h"
#include "compiler/script/expander.h"
#include "compiler/script/pattern.h"
#include "compiler/script/restore.h"
#include "compiler/script/shell.h"
#include "compiler/script/tests.h"

namespace nfproof::script {

Status Shell::run_kind(const Command& command) {
  if (const auto* group = std::get_if<Group>(&command.kind)) return run_group(*group);
  if (const auto* branch = std::get_if<IfCommand>(&command.kind)) return run_if(*branch, command.span);
  if (const auto* loop = std::get_if<LoopCommand>(&command.kind)) return run_loop(*loop, command.span);
  if (const auto* loop = std::get_if<ForCommand>(&command.kind)) return run_for(*loop, command.span);
  if (const auto* loop = std::get_if<ArithmeticFor>(&command.kind)) return run_arithmetic_for(*loop, command.span);
  if (const auto* choice = std::get_if<CaseCommand>(&command.kind)) return run_case(*choice);
  if (const auto* function = std::get_if<FunctionDefinition>(&command.kind)) {
    state_.functions[function->name] = function->body;
    return {};
  }
  if (const auto* arithmetic = std::get_if<ArithmeticCommand>(&command.kind)) {
    warn_once("bashism", command.span, "`((` is known to bash only: dash opens subshells here");
    return {Expander(*this).number(arithmetic->expression) != 0 ? 0 : 1, std::nullopt};
  }
  if (const auto* test = std::get_if<ConditionCommand>(&command.kind)) {
    warn_once("bashism", command.span, "`[[` is known to bash only: dash does not find it");
    return run_condition(test->condition);
  }
  return {};
}

Status Shell::run_group(const Group& group) {
  if (!group.subshell) return execute(group.body);
  return subshell([&] { return execute(group.body); });
}

Status Shell::run_if(const IfCommand& command, source::Span span) {
  for (const IfCommand::Branch& branch : command.branches) {
    Status status;
    {
      const Restore tested(tested_);
      ++tested_;
      status = execute(branch.condition);
    }
    if (succeeded(status, span)) return execute(branch.body);
  }
  return execute(command.otherwise);
}

/// False when the loop ends.
bool Shell::loop_body(const List& body, Status& status) {
  try {
    status = execute(body);
    return true;
  } catch (const LoopExit& exit) {
    status = {};
    if (exit.levels > 1 && loop_depth_ > 1) throw LoopExit{exit.levels - 1, exit.again};
    return exit.again;
  }
}

Status Shell::run_loop(const LoopCommand& loop, source::Span span) {
  const Restore depth(loop_depth_);
  ++loop_depth_;
  Status status;
  for (;;) {
    count_step(span);
    try {
      const Restore tested(tested_);
      ++tested_;
      const Status condition = execute(loop.condition);
      if (succeeded(condition, span) == loop.until) break;
    } catch (const LoopExit& exit) {
      if (exit.levels > 1 && loop_depth_ > 1) throw LoopExit{exit.levels - 1, exit.again};
      if (!exit.again) break;
      continue;
    }
    if (!loop_body(loop.body, status)) break;
  }
  return status;
}

Status Shell::run_for(const ForCommand& loop, source::Span span) {
  std::vector<std::string> words;
  if (loop.over_arguments) words = state_.arguments;
  Expander expander(*this);
  for (const Word& word : loop.words) expander.fields(word, words);
  for (const std::string& word : words)
    if (const auto unknown = unknowns_.first(word); unknown && !unknowns_.at(*unknown).several)
      refuse_unknown(*unknown, span);
  const Restore depth(loop_depth_);
  ++loop_depth_;
  Status status;
  for (std::string& word : words) {
    count_step(span);
    set(loop.name, std::move(word), span);
    if (!loop_body(loop.body, status)) break;
  }
  return status;
}

Status Shell::run_arithmetic_for(const ArithmeticFor& loop, source::Span span) {
  warn_once("bashism", span, "`for ((` is known to bash only");
  Expander expander(*this);
  const Restore depth(loop_depth_);
  ++loop_depth_;
  Status status;
  (void)expander.number(loop.start);
  for (;; (void)expander.number(loop.step)) {
    count_step(span);
    // Without a condition it goes on.
    if (expander.single(loop.condition).find_first_not_of(" \t\n") != std::string::npos &&
        expander.number(loop.condition) == 0)
      break;
    if (!loop_body(loop.body, status)) break;
  }
  return status;
}

Status Shell::run_case(const CaseCommand& command) {
  Expander expander(*this);
  const std::string subject = expander.single(command.subject);
  bool falls = false;
  Status status;
  for (const CaseCommand::Branch& branch : command.branches) {
    bool matches = falls;
    for (const Word& word : branch.patterns) {
      if (matches) break;
      const std::string pattern = expander.pattern(word);
      matches = pattern == "*";
      if (matches) break;
      need_known(pattern, word.span);
      need_known(subject, command.subject.span);
      matches = pattern_matches(pattern, subject, state_.options.nocasematch);
    }
    if (!matches) continue;
    status = execute(branch.body);
    falls = branch.end == CaseCommand::End::kFallThrough;
    if (branch.end == CaseCommand::End::kBreak) return status;
  }
  return status;
}

Status Shell::run_condition(const Condition& condition) {
  const auto status_of = [](bool value) { return Status{value ? 0 : 1, std::nullopt}; };
  Expander expander(*this);
  switch (condition.kind) {
    case Condition::Kind::kNot: return status_of(run_condition(condition.operands[0]).code != 0);
    case Condition::Kind::kAnd: {
      const Status left = run_condition(condition.operands[0]);
      return left.code != 0 ? left : run_condition(condition.operands[1]);
    }
    case Condition::Kind::kOr: {
      const Status left = run_condition(condition.operands[0]);
      return left.code == 0 ? left : run_condition(condition.operands[1]);
    }
    case Condition::Kind::kWord: {
      const std::string text = expander.single(condition.left);
      need_known(text, condition.left.span);
      return status_of(!text.empty());
    }
    case Condition::Kind::kUnary:
      return status_of(unary_test(*this, condition.op, expander.single(condition.left), condition.left.span));
    case Condition::Kind::kBinary: break;
  }
  const std::string left = expander.single(condition.left);
  need_known(left, condition.left.span);
  if (condition.op == "=~") {
    const std::string pattern = expander.regex(condition.right);
    need_known(pattern, condition.right.span);
    return status_of(regex_test(*this, left, pattern, condition.right.span));
  }
  if (condition.op == "==" || condition.op == "=" || condition.op == "!=") {
    const std::string pattern = expander.pattern(condition.right);
    need_known(pattern, condition.right.span);
    return status_of(pattern_matches(pattern, left, state_.options.nocasematch) == (condition.op != "!="));
  }
  const std::string right = expander.single(condition.right);
  need_known(right, condition.right.span);
  if (condition.op.size() == 3 && condition.op != "-nt" && condition.op != "-ot" && condition.op != "-ef") {
    const long long a = evaluate_arithmetic(*this, left, condition.left.span);
    const long long b = evaluate_arithmetic(*this, right, condition.right.span);
    return status_of(compare_numbers(condition.op, a, b));
  }
  if (condition.op == "<") return status_of(left < right);
  if (condition.op == ">") return status_of(left > right);
  refuse(condition.left.span, "file-test", "`" + condition.op + "` compares files of the machine: not followed");
}

}  // namespace nfproof::script
