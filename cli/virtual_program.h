// SPDX-License-Identifier: Apache-2.0
// iptables, ip6tables and their -save and -restore on a state file: as subcommands, or by the name that the program is
// called with. Their arguments are those of the real programs, so they are not declared like those of other
// subcommands.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/command.h"

namespace nfproof::cli {

/// Is it the name, or a path to the name, of a program that this file stands in for?
[[nodiscard]] bool is_virtual_program(std::string_view name);

/// Called by its own name: the state file is that of the environment.
[[nodiscard]] int run_by_name(std::string_view name, const std::vector<std::string>& arguments);
/// As a subcommand: `--state FILE` may stand before the arguments of the program.
[[nodiscard]] int run_as_subcommand(std::string_view name, const std::vector<std::string>& words);

}  // namespace nfproof::cli
