// SPDX-License-Identifier: Apache-2.0
// ipset on a state file, beside the iptables of `virtual_program.h`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace nfproof::cli {

/// Is it the name `ipset`, or a path to it?
[[nodiscard]] bool is_virtual_ipset(std::string_view name);

/// One call of ipset; `state` is the path of the state file. Gives the exit code of ipset.
[[nodiscard]] int run_virtual_ipset(const std::vector<std::string>& arguments, const std::string& state);

}  // namespace nfproof::cli
