// SPDX-License-Identifier: Apache-2.0
// The shell: simple commands, functions, `eval` and sourced files.
#include <utility>

#include "compiler/script/builtins.h"
#include "compiler/script/expander.h"
#include "compiler/script/restore.h"
#include "compiler/script/shell.h"

namespace nfproof::script {
namespace {

constexpr int kMaxSourceDepth = 20;

}  // namespace

Call Shell::expand_call(const SimpleCommand& simple, source::Span span) {
  Call call;
  call.span = span;
  Expander expander(*this);
  for (const Argument& argument : simple.arguments) {
    if (argument.assignment) {
      call.words.push_back(argument.assignment->name);
    } else {
      expander.fields(argument.word, call.words);
    }
    call.spans.resize(call.words.size(), argument.word.span);
    call.assignments.resize(call.words.size(), nullptr);
    if (argument.assignment) call.assignments.back() = argument.assignment.get();
  }
  return call;
}

Status Shell::run_call(const SimpleCommand& simple, Call& call) {
  if (call.words.empty()) {
    for (const Assignment& assignment : simple.assignments) assign(assignment);
    return substituted_;
  }
  if (simple.assignments.empty()) return this->call(call);
  // Assignments before a command are its environment only.
  std::vector<std::pair<std::string, std::optional<Variable>>> hidden;
  for (const Assignment& assignment : simple.assignments) {
    const auto found = state_.variables.find(assignment.name);
    hidden.emplace_back(assignment.name, found == state_.variables.end() ? std::nullopt : std::optional(found->second));
    assign(assignment);
  }
  const auto put_back = [&] {
    for (auto& [name, old] : hidden) {
      if (old) {
        state_.variables[name] = std::move(*old);
      } else {
        state_.variables.erase(name);
      }
    }
  };
  try {
    const Status status = this->call(call);
    put_back();
    return status;
  } catch (...) {
    put_back();
    throw;
  }
}

Status Shell::call(Call& call, bool functions) {
  count_step(call.span);
  const std::string& name = call.words[0];
  need_known(name, call.spans[0]);
  if (functions) {
    if (const auto found = state_.functions.find(name); found != state_.functions.end()) {
      const CommandPtr body = found->second;
      return call_function(*body, {call.words.begin() + 1, call.words.end()});
    }
  }
  if (const auto run = find_builtin(name)) return run(*this, call);
  return run_program(*this, call);
}

Status Shell::call_function(const Command& body, std::vector<std::string> arguments) {
  const Restore function_depth(function_depth_);
  const Restore loop_depth(loop_depth_);
  const Restore old_arguments(state_.arguments);
  ++function_depth_;
  loop_depth_ = 0;
  state_.arguments = std::move(arguments);
  state_.scopes.emplace_back();
  const auto leave = [&] {
    for (auto& [name, old] : state_.scopes.back().hidden) {
      if (old) {
        state_.variables[name] = std::move(*old);
      } else {
        state_.variables.erase(name);
      }
    }
    state_.scopes.pop_back();
  };
  Status status;
  try {
    status = execute(body);
  } catch (const FunctionReturn& result) {
    status = result.status;
  } catch (...) {
    leave();
    throw;
  }
  leave();
  return status;
}

Status Shell::run_text(const std::string& text, source::Span span) {
  need_known(text, span);
  Origin origin;
  origin.file = span.file;
  origin.fixed = span;
  origin.depth = source_depth_;
  SyntaxError error;
  const auto tree = parse_script(text, origin, error);
  if (!tree) refuse(span, "syntax-error", "in the text that is run here: " + error.message);
  const Restore depth(depth_);
  if ((depth_ += 4) > 400) throw LimitReached{span, "`eval` calls itself too deeply"};
  return execute(*tree);
}

Status Shell::run_file(const std::string& path, source::Span span) {
  need_known(path, span);
  const ChannelPtr channel = open_for_reading(path, span);
  if (channel->kind == Channel::Kind::kNowhere) return {};
  if (channel->kind != Channel::Kind::kText) refuse(span, "unknown-file", "what `" + path + "` holds is not known");
  const std::string text = channel->take_rest();
  if (Unknowns::is_in(text))
    refuse(span, "unknown-file",
           "what `" + path + "` holds is not known; `--file " + path +
               "=LOCAL` gives it, `--root DIR` all files of the host");
  if (text.find('\r') != std::string::npos)
    refuse(span, "carriage-return",
           "`" + path + "` has carriage returns at the ends of its lines; `dos2unix` removes them");
  const Restore source_depth(source_depth_);
  if (++source_depth_ > kMaxSourceDepth) throw LimitReached{span, "files source each other too deeply"};
  const source::FileId file = sources_.add(path, text);
  SyntaxError error;
  const auto tree = parse_script(sources_.file(file).text(), {file, 1, std::nullopt, 0}, error);
  if (!tree) refuse(error.span, "syntax-error", error.message);
  try {
    return execute(*tree);
  } catch (const FunctionReturn& result) {
    return result.status;
  }
}

}  // namespace nfproof::script
