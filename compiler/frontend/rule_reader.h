// SPDX-License-Identifier: Apache-2.0
// The words of one command (`-A INPUT -p tcp --dport 22 -j ACCEPT`) to what it says, as iptables reads its arguments:
// options belong to iptables itself, to a match loaded before, to the target, or to the match that `-p` implies. Jumps
// keep the name of their chain; they are resolved when all chains are known.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "compiler/extensions/options.h"
#include "compiler/frontend/command.h"
#include "compiler/ir/ruleset.h"
#include "compiler/source/diagnostic.h"

namespace nfproof::compiler {

/// Reads the words of a command in a table of the family (on a command line: in that of `-t`, else in `table`). Nothing
/// after an error that leaves no rule. A line for the other family (`-4`, `-6`) is returned with `only` set and nothing
/// else.
[[nodiscard]] std::optional<Command> read_command(std::span<const Word> words, std::string_view table,
                                                  ir::Family family, ir::PredicatePool& pool,
                                                  source::Diagnostics& diagnostics,
                                                  CommandSyntax syntax = CommandSyntax::kRestoreLine,
                                                  Unreadable unreadable = Unreadable::kRefuse);

}  // namespace nfproof::compiler
