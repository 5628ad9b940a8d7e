// SPDX-License-Identifier: Apache-2.0
// A subcommand: one file, one class, one row in `commands.cpp`. It declares its options, runs one thing of the other
// rooms and hands the result to `report`; it has no logic of its own.
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "cli/arguments.h"
#include "cli/terminal.h"

namespace nfproof::cli {

class Command {
 public:
  Command() = default;
  Command(const Command&) = delete;
  Command& operator=(const Command&) = delete;
  virtual ~Command() = default;

  virtual void declare(Arguments& arguments) = 0;
  /// `auto`, `always` or `never`, after parsing.
  [[nodiscard]] virtual std::string_view colour() const = 0;
  /// An exit code.
  [[nodiscard]] virtual int run(Terminal& terminal) = 0;
};

struct CommandRow {
  std::string_view name;
  std::string_view summary;
  std::unique_ptr<Command> (*make)();
};

[[nodiscard]] std::span<const CommandRow> all_commands();
/// Names that other versions have.
[[nodiscard]] bool is_unavailable_command(std::string_view name);

std::unique_ptr<Command> make_check();
std::unique_ptr<Command> make_diff();
std::unique_ptr<Command> make_cover();
std::unique_ptr<Command> make_exec();
std::unique_ptr<Command> make_explain();
std::unique_ptr<Command> make_fmt();
std::unique_ptr<Command> make_graph();
std::unique_ptr<Command> make_matrix();
std::unique_ptr<Command> make_query();
std::unique_ptr<Command> make_sim();
std::unique_ptr<Command> make_trace();
std::unique_ptr<Command> make_translate();
std::unique_ptr<Command> make_verify();
std::unique_ptr<Command> make_whatif();

}  // namespace nfproof::cli
