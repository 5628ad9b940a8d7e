// SPDX-License-Identifier: Apache-2.0
// Runs one tool (iptables-restore, nft, ip) to its end: argument vector, text for its standard input, and back come
// exit code, standard output and standard error. The child starts in the network namespace of the calling thread. No
// shell is ever involved.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace nfproof::testing {

struct ToolResult {
  int exit_code = -1;  // -1: could not be started, or ended by a signal; `err` then says why
  std::string out;
  std::string err;

  [[nodiscard]] bool ok() const { return exit_code == 0; }
};

// Runs `arguments[0]`, looked up in PATH, /usr/sbin and /sbin.
[[nodiscard]] ToolResult run_tool(const std::vector<std::string>& arguments, std::string_view input = {});

// Is there such a program?
[[nodiscard]] bool have_tool(const std::string& name);

}  // namespace nfproof::testing
