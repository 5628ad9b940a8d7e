// SPDX-License-Identifier: Apache-2.0
// One command of iptables on one table: what it changes and what it prints.
#pragma once

#include <optional>
#include <string>

#include "compiler/frontend/command.h"
#include "compiler/frontend/staging.h"
#include "compiler/source/diagnostic.h"

namespace nfproof::compiler {

/// True when the command is one that changes the table, and did. Counters that stand before a rule in restore input
/// take the place of its `-c`. The kernel's say comes later, with `StagedTable::settle`.
[[nodiscard]] bool execute_command(StagedTable& table, Command command, std::optional<ir::Counters> counters,
                                   source::Span line, source::Diagnostics& diagnostics, std::string& out);

/// `-P INPUT ACCEPT`, `-A INPUT ...` (`chain` empty: all chains; `number` 0: all rules). False when there is no such
/// chain.
bool append_rules_listing(std::string& out, const StagedTable& table, std::string_view chain, std::uint32_t number,
                          bool counters);

}  // namespace nfproof::compiler
