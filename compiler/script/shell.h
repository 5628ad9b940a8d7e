// SPDX-License-Identifier: Apache-2.0
// The shell itself: walks a script's tree, as sh and bash do, with every program replaced by what is known about it.
// Files `shell_*.cpp` implement it, `builtins.h` lists the commands. Control flow that leaves several levels at once
// (`exit`, `break`, what cannot be followed) travels as one of the exceptions below and never leaves this room.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/script/files.h"
#include "compiler/script/parser.h"
#include "compiler/script/run.h"
#include "compiler/script/state.h"
#include "compiler/script/syntax.h"
#include "compiler/script/unknown.h"
#include "compiler/source/diagnostic.h"

namespace nfproof::script {

/// An exit status, or the unknown that it depends on.
struct Status {
  int code = 0;
  std::optional<std::size_t> unknown;
};

/// A command cannot be followed.
struct Refusal {
  source::Span span;
  std::string id;
  std::string message;
  std::optional<std::size_t> unknown;
};
/// The whole script cannot be followed from here on; everything is said.
struct Stop {};
struct LimitReached {
  source::Span span;
  std::string message;
};
struct ShellExit {
  Status status;
};
struct LoopExit {
  int levels;
  bool again;
};
struct FunctionReturn {
  Status status;
};

/// A simple command, expanded.
struct Call {
  std::vector<std::string> words;
  std::vector<source::Span> spans;             ///< of the words
  std::vector<const Assignment*> assignments;  ///< for each word: null for all but those of `export` and its like
  source::Span span;
};

class Shell {
 public:
  Shell(source::SourceManager& sources, const ScriptOptions& options, Tools& tools, Output& output,
        source::Diagnostics& diagnostics);

  /// The status with which the script ends; nothing when it could not be followed.
  [[nodiscard]] std::optional<int> run(source::FileId script);
  [[nodiscard]] bool limit_reached() const { return limit_reached_; }

  // shell_commands.cpp, shell_compound.cpp: the tree
  Status execute(const List& list);
  Status execute(const Command& command);
  /// Runs something in a copy of the state.
  Status subshell(const std::function<Status()>& what);
  /// The output of commands; `text` is without the newlines at its end.
  Status substitute(const Part& part, std::string& text, bool strip = true);
  /// For conditions: a status that is not known stops the script.
  [[nodiscard]] bool succeeded(const Status& status, source::Span span);
  void count_step(source::Span span);
  /// Of texts that the script makes.
  void count_bytes(std::size_t bytes);

  // shell_call.cpp: simple commands
  Status call(Call& call, bool functions = true);
  Status call_function(const Command& body, std::vector<std::string> arguments);
  Status run_text(const std::string& text, source::Span span);
  Status run_file(const std::string& path, source::Span span);

  // shell_variables.cpp
  [[nodiscard]] std::optional<std::string> get(const std::string& name, source::Span span);
  [[nodiscard]] const Variable* find(const std::string& name) const;
  void set(const std::string& name, std::string value, source::Span span);
  void set_element(const std::string& name, const std::string& index, std::string value, source::Span span);
  [[nodiscard]] std::optional<std::string> element(const std::string& name, const std::string& index,
                                                   source::Span span);
  [[nodiscard]] std::vector<std::string> elements(const std::string& name) const;
  [[nodiscard]] std::vector<std::string> keys(const std::string& name) const;
  void unset(const std::string& name, source::Span span);
  void unset_element(const std::string& name, const std::string& index, source::Span span);
  void make_local(const std::string& name, source::Span span);
  void assign(const Assignment& assignment);
  Variable& writable(const std::string& name, source::Span span);

  // Input and output of the command that runs.
  void out(std::string_view text);
  void err(std::string_view text);
  void write(int fd, std::string_view text);
  [[nodiscard]] Channel& input(source::Span span, int fd = 0);
  /// Everything that can be read; an unknown when nobody knows.
  [[nodiscard]] std::string read_all(source::Span span);
  [[nodiscard]] ChannelPtr open_for_reading(const std::string& path, source::Span span);

  // What cannot be followed.
  [[noreturn]] void refuse(source::Span span, std::string id, std::string message);
  [[noreturn]] void refuse_unknown(std::size_t unknown, source::Span used);
  /// Refuses a text that holds an unknown.
  void need_known(std::string_view text, source::Span used);
  [[nodiscard]] std::string unknown_value(source::Span span, std::string what) { return unknowns_.add(span, what); }
  [[nodiscard]] Status unknown_status(source::Span span, std::string what);
  void report(const Refusal& refusal);
  /// Something has no effect on the ruleset and is not done: told once for each `what`, with how often.
  void not_done(std::string what, source::Span span);
  void warn_once(const std::string& id, source::Span span, const std::string& message);
  [[nodiscard]] bool has_errors() const { return diagnostics_.has_errors(); }
  [[noreturn]] void fatal(int code, const std::string& message);
  /// A command of the firewall failed, and the script does not look at that.
  void tell_failure(const Call& call, const ToolResult& result);

  [[nodiscard]] State& state() { return state_; }
  [[nodiscard]] const State& state() const { return state_; }
  [[nodiscard]] Files& files() { return files_; }
  [[nodiscard]] Unknowns& unknowns() { return unknowns_; }
  [[nodiscard]] Tools& tools() { return tools_; }
  [[nodiscard]] const ScriptOptions& options() const { return options_; }
  [[nodiscard]] bool is_dash() const { return dash_; }
  [[nodiscard]] const Status& last_status() const { return last_status_; }
  [[nodiscard]] int function_depth() const { return function_depth_; }
  [[nodiscard]] int source_depth() const { return source_depth_; }
  [[nodiscard]] int loop_depth() const { return loop_depth_; }
  [[nodiscard]] bool errors_dropped() const;
  [[nodiscard]] bool is_tested() const { return tested_ > 0; }
  void apply(const Redirect& redirect);
  /// Has the redirections of `exec` stay.
  void keep_channels() { keep_channels_ = true; }
  [[nodiscard]] std::string place_text(source::Span span) const;

 private:
  friend struct Deeper;

  void start(source::FileId script);
  Status finish(Status status);
  Status execute(const AndOr& and_or);
  Status execute(const Pipeline& pipeline);
  Status run_kind(const Command& command);
  Status run_simple(const SimpleCommand& simple, source::Span span);
  Status run_call(const SimpleCommand& simple, Call& call);
  Status run_refusable(const std::function<Status()>& what);
  Status run_group(const Group& group);
  Status run_if(const IfCommand& command, source::Span span);
  Status run_loop(const LoopCommand& loop, source::Span span);
  Status run_for(const ForCommand& loop, source::Span span);
  Status run_arithmetic_for(const ArithmeticFor& loop, source::Span span);
  Status run_case(const CaseCommand& command);
  Status run_condition(const Condition& condition);
  bool loop_body(const List& body, Status& status);
  void check_errexit(const Status& status, source::Span span);
  [[nodiscard]] Call expand_call(const SimpleCommand& simple, source::Span span);
  void open(const Redirect& redirect, const std::string& path);
  void duplicate(const Redirect& redirect, const std::string& target);
  [[nodiscard]] std::string special_value(const std::string& name, source::Span span);
  void given_or_refused(const Assignment& assignment);
  void assign_value(const Assignment& assignment);
  void assign_array(const Assignment& assignment);

  source::SourceManager& sources_;
  const ScriptOptions& options_;
  Tools& tools_;
  Output& output_;
  source::Diagnostics& diagnostics_;
  Files files_;
  Unknowns unknowns_;
  State state_;
  bool dash_ = false;
  Status last_status_;
  Status substituted_;  ///< of the last command substitution
  std::size_t steps_ = 0;
  std::size_t bytes_ = 0;
  source::Span current_;  ///< the command that runs
  int depth_ = 0;
  int function_depth_ = 0;
  int source_depth_ = 0;
  int loop_depth_ = 0;
  int tested_ = 0;    ///< above 0: a failure is asked about, `set -e` does not apply
  int captured_ = 0;  ///< above 0: refusals belong to the command substitution around
  bool keep_channels_ = false;
  bool limit_reached_ = false;
  bool in_trap_ = false;
  std::map<std::string, std::pair<source::Span, std::size_t>> not_done_;
  std::map<std::string, std::size_t> warned_;
};

}  // namespace nfproof::script
