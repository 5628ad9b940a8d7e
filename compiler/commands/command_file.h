// SPDX-License-Identifier: Apache-2.0
// Files of plain iptables and ip6tables commands, one in each line (`iptables -A INPUT ...`), and listings of
// `iptables -S`, as rulesets: the commands are applied to a virtual host, and what it then has is the ruleset. Nothing
// of a shell is understood but blanks, quotes and `#` remarks; a line that needs more is an error.
#pragma once

#include <string>

#include "compiler/frontend/compile.h"

namespace nfproof::compiler {

/// Is every line a command of iptables, a line of `iptables -S`, a remark or nothing, and one at least a command?
[[nodiscard]] bool is_command_file(std::string_view text);

/// Reads the file (`-`: standard input) and adds what its commands make; call `finish` afterwards, as after `add_file`.
void add_command_file(Compilation& compilation, const std::string& path, const CompileOptions& options);
void add_command_text(Compilation& compilation, std::string path, std::string text, const CompileOptions& options);

}  // namespace nfproof::compiler
