// SPDX-License-Identifier: Apache-2.0
// ipset on a state file, beside the iptables of `virtual_program.h`.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/commands/virtual_host.h"

namespace nfproof::cli {

/// Is it the name `ipset`, or a path to it?
[[nodiscard]] bool is_virtual_ipset(std::string_view name);

/// The sets that rules refer to, once for each rule: the kernel does not let them go.
[[nodiscard]] std::multiset<std::string, std::less<>> sets_in_rules(const compiler::VirtualHost& host);

/// One call of ipset; `state` is the path of the state file. Gives the exit code of ipset.
[[nodiscard]] int run_virtual_ipset(const std::vector<std::string>& arguments, const std::string& state);

}  // namespace nfproof::cli
