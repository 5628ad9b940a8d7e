// SPDX-License-Identifier: Apache-2.0
// The shell: lists, pipelines, subshells, substitutions, and what the exit status of a command decides.
#include <algorithm>
#include <utility>

#include "compiler/script/expander.h"
#include "compiler/script/programs.h"
#include "compiler/script/restore.h"
#include "compiler/script/shell.h"

namespace nfproof::script {
namespace {

constexpr int kMaxDepth = 400;

/// The name of the only command of a list, when it is a plain word.
std::string_view lonely_program(const AndOr& and_or) {
  if (and_or.items.size() != 1 || and_or.items[0].pipeline.commands.size() != 1) return {};
  const auto* simple = std::get_if<SimpleCommand>(&and_or.items[0].pipeline.commands[0]->kind);
  if (simple == nullptr || simple->arguments.empty() || simple->arguments[0].word.parts.size() != 1) return {};
  const Part& part = simple->arguments[0].word.parts[0];
  return part.kind == PartKind::kText ? std::string_view(part.text) : std::string_view();
}

/// `$(< file)`.
const Redirect* only_reads(const List& list) {
  if (list.items.size() != 1 || list.items[0].items.size() != 1) return nullptr;
  const Pipeline& pipeline = list.items[0].items[0].pipeline;
  if (pipeline.commands.size() != 1 || pipeline.commands[0]->redirects.size() != 1) return nullptr;
  const auto* simple = std::get_if<SimpleCommand>(&pipeline.commands[0]->kind);
  const Redirect& redirect = pipeline.commands[0]->redirects[0];
  const bool empty = simple != nullptr && simple->arguments.empty() && simple->assignments.empty();
  return empty && redirect.kind == RedirectKind::kRead && redirect.fd == 0 ? &redirect : nullptr;
}

}  // namespace

void Shell::count_step(source::Span span) {
  if (span.is_known()) current_ = span;
  if (++steps_ > options_.max_steps)
    throw LimitReached{span, "the script runs more than " + std::to_string(options_.max_steps) +
                                 " commands: perhaps a loop without end"};
}

bool Shell::succeeded(const Status& status, source::Span span) {
  if (!status.unknown) return status.code == 0;
  const Refusal refusal{span, "unknown-value", {}, status.unknown};
  if (captured_ > 0) throw refusal;
  report(refusal);
  throw Stop{};
}

Status Shell::execute(const List& list) {
  Status status;
  for (const AndOr& and_or : list.items) {
    status = execute(and_or);
    if (state_.options.noexec) break;
  }
  return status;
}

Status Shell::execute(const AndOr& and_or) {
  if (and_or.background) {
    const ProgramKind kind = program_kind(lonely_program(and_or));
    if (kind != ProgramKind::kQuiet && kind != ProgramKind::kReader)
      return run_refusable([&]() -> Status {
        refuse(and_or.span, "background",
               "what runs in the background may change the ruleset at any time: not followed");
      });
  }
  Status status;
  for (std::size_t i = 0; i < and_or.items.size(); ++i) {
    const AndOr::Item& item = and_or.items[i];
    if (item.connector != Connector::kAlways) {
      const bool good = succeeded(status, item.pipeline.span);
      if (good != (item.connector == Connector::kAnd)) continue;
    }
    const Restore tested(tested_);
    if (i + 1 < and_or.items.size()) ++tested_;
    status = execute(item.pipeline);
  }
  return status;
}

Status Shell::execute(const Pipeline& pipeline) {
  const Restore tested(tested_);
  if (pipeline.negated) ++tested_;
  Status status;
  if (pipeline.commands.size() == 1) {
    status = execute(*pipeline.commands[0]);
  } else {
    ChannelPtr input;
    std::vector<Status> statuses;
    for (std::size_t i = 0; i < pipeline.commands.size(); ++i) {
      const bool last = i + 1 == pipeline.commands.size();
      ChannelPtr output = last ? nullptr : make_text_channel(std::make_shared<std::string>());
      statuses.push_back(subshell([&] {
        if (input) state_.channels[0] = input;
        if (output) state_.channels[1] = output;
        if (output && pipeline.pipe_errors[i]) state_.channels[2] = output;
        const Restore inner(tested_);
        ++tested_;  // the status of the pipeline counts, below
        return execute(*pipeline.commands[i]);
      }));
      if (output) input = make_text_channel(output->text);
    }
    status = statuses.back();
    if (state_.options.pipefail)
      for (const Status& each : statuses)
        if (each.unknown || each.code != 0) status = each;
    last_status_ = status;
    check_errexit(status, pipeline.span);
  }
  if (pipeline.negated && !status.unknown) status.code = status.code == 0 ? 1 : 0;
  last_status_ = status;
  return status;
}

Status Shell::execute(const Command& command) {
  const Restore depth(depth_);
  if (++depth_ > kMaxDepth) throw LimitReached{command.span, "commands and functions call each other too deeply"};
  if (std::holds_alternative<SimpleCommand>(command.kind)) {
    const auto& simple = std::get<SimpleCommand>(command.kind);
    const Status status = run_refusable([&] {
      substituted_ = {};
      Call call = expand_call(simple, command.span);
      Restore channels(state_.channels);
      for (const Redirect& redirect : command.redirects) apply(redirect);
      const Status result = run_call(simple, call);
      if (std::exchange(keep_channels_, false)) channels.dismiss();
      return result;
    });
    last_status_ = status;
    check_errexit(status, command.span);
    return status;
  }
  const Restore channels(state_.channels);
  const Status status = run_refusable([&] {
    for (const Redirect& redirect : command.redirects) apply(redirect);
    return run_kind(command);
  });
  last_status_ = status;
  const bool checks = std::holds_alternative<ArithmeticCommand>(command.kind) ||
                      std::holds_alternative<ConditionCommand>(command.kind) ||
                      (std::holds_alternative<Group>(command.kind) && std::get<Group>(command.kind).subshell);
  if (checks) check_errexit(status, command.span);
  return status;
}

void Shell::check_errexit(const Status& status, source::Span span) {
  if (tested_ > 0 || status.unknown || status.code == 0) return;
  if (!state_.error_trap.empty() && !in_trap_) {
    const Restore in_trap(in_trap_);
    in_trap_ = true;
    (void)run_text(state_.error_trap, span);
    last_status_ = status;
  }
  if (!state_.options.errexit) return;
  if (!state_.in_subshell)
    diagnostics_.warning("set-e", span,
                         "`set -e` ends the script here: the command failed with " + std::to_string(status.code));
  throw ShellExit{status};
}

Status Shell::subshell(const std::function<Status()>& what) {
  const Restore state(state_);
  const Restore function_depth(function_depth_);
  const Restore source_depth(source_depth_);
  const Restore loop_depth(loop_depth_);
  state_.in_subshell = true;
  state_.exit_trap.clear();
  Status status;
  try {
    status = what();
  } catch (const ShellExit& exit) {
    status = exit.status;
  } catch (const LoopExit&) {
    status = {};
  } catch (const FunctionReturn& result) {
    status = result.status;
  }
  if (!state_.exit_trap.empty()) {
    const std::string action = std::exchange(state_.exit_trap, {});
    try {
      (void)run_text(action, state_.exit_trap_span);
    } catch (const ShellExit& exit) {
      status = exit.status;
    }
  }
  return status;
}

Status Shell::substitute(const Part& part, std::string& text, bool strip) {
  Status status;
  const auto buffer = std::make_shared<std::string>();
  if (const Redirect* reads = only_reads(*part.commands)) {
    *buffer = open_for_reading(Expander(*this).single(reads->target), reads->span)->take_rest();
  } else {
    const Restore captured(captured_);
    ++captured_;
    status = subshell([&] {
      state_.channels[1] = make_text_channel(buffer);
      if (!dash_ && !state_.options.inherit_errexit) state_.options.errexit = false;
      return execute(*part.commands);
    });
  }
  text = std::move(*buffer);
  while (strip && text.ends_with('\n')) text.pop_back();
  if (const auto unknown = unknowns_.first(text)) {
    const bool several = unknowns_.at(*unknown).several;
    text = unknowns_.add(part.span, part.text, several);
  }
  substituted_ = status;
  return status;
}

Status Shell::run_refusable(const std::function<Status()>& what) {
  try {
    return what();
  } catch (const RedirectFailure& failure) {
    err(place_text(failure.span) + ": " + failure.message + '\n');
    return {1, std::nullopt};
  } catch (const Refusal& refusal) {
    if (captured_ > 0) throw;
    report(refusal);
    if (refusal.unknown) return {0, refusal.unknown};
    const std::string mark = unknowns_.add(refusal.span, "the status of this command");
    const auto unknown = unknowns_.first(mark);
    unknowns_.at(*unknown).told = true;
    return {0, unknown};
  }
}

}  // namespace nfproof::script
