// SPDX-License-Identifier: Apache-2.0
// A call of ipset(8): options, one command, its output, messages and exit code as ipset 7.17 gives them. `restore` runs
// the lines of a text; an error ends it, and what was added to a set since the last other command is then lost, as
// ipset sends such lines together.
#pragma once

#include <functional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "compiler/ir/set.h"

namespace nfproof::compiler::ipset {

/// What a call reads and writes beside the sets.
struct SessionFiles {
  std::function<std::string()> standard_input;
  /// The content of a file, or an error text.
  std::function<bool(const std::string& path, std::string& content)> read;
  std::function<bool(const std::string& path, const std::string& content)> write;
};

struct SessionResult {
  int exit_code = 0;
  std::string out;
  std::string err;
  bool changed = false;  ///< the sets may have changed
};

/// Will it read its standard input?
[[nodiscard]] bool reads_input(std::span<const std::string> arguments);

/// `arguments` without the name of the program.
[[nodiscard]] SessionResult run(ir::SetTable& sets, std::span<const std::string> arguments, const SessionFiles& files,
                                const std::multiset<std::string, std::less<>>* in_rules = nullptr);

}  // namespace nfproof::compiler::ipset
