// SPDX-License-Identifier: Apache-2.0
// iptables, iptables-save, iptables-restore and their IPv6 sisters as functions: a virtual host, arguments and standard
// input go in; what the program would print, and its exit code, come out. Everything is as iptables 1.8.9 (legacy) does
// it. Nothing is printed, and no file is touched but those that the arguments name (`iptables-restore FILE`,
// `iptables-save -f FILE`).
//
// Entries: `find_program`, `run_program`, `reads_input`.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/commands/virtual_host.h"
#include "compiler/extensions/options.h"
#include "compiler/source/diagnostic.h"

namespace nfproof::compiler {

struct Program {
  enum class Kind : std::uint8_t { kIptables, kSave, kRestore };
  Kind kind{};
  ir::Family family{};

  /// The name that it says in messages: `ip6tables-restore`.
  [[nodiscard]] std::string name() const;
};

/// By the last part of a path: `iptables`, `/sbin/ip6tables-save`, `iptables-legacy-restore`, `iptables-nft`...
[[nodiscard]] std::optional<Program> find_program(std::string_view path);

/// Standard input, and where it was written (a here-document) when that is known.
struct ProgramInput {
  std::string_view text;
  source::FileId file{};
  std::uint32_t lines_before = 0;  ///< in the file
};

struct ProgramResult {
  int exit_code = 0;
  std::string out;
  std::string err;
  /// Is there anything in the host that was not there before? Also true for a table that was only looked at.
  bool changed = false;
  /// What went wrong, with the places of the words: the same that `err` tells.
  source::Diagnostics diagnostics;
};

/// Will the program read its standard input, with these arguments?
[[nodiscard]] bool reads_input(const Program& program, const std::vector<std::string>& arguments);

/// `arguments`: without the name of the program. Their spans become the places of the rules. They must live as long as
/// the call only.
[[nodiscard]] ProgramResult run_program(VirtualHost& host, const Program& program, std::span<const Word> arguments,
                                        const ProgramInput& input = {});
[[nodiscard]] ProgramResult run_program(VirtualHost& host, const Program& program,
                                        const std::vector<std::string>& arguments, const ProgramInput& input = {});

}  // namespace nfproof::compiler
