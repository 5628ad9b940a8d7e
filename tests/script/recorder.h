// SPDX-License-Identifier: Apache-2.0
// Runs a script with firewall programs that only print their arguments, `<-A><INPUT>`: by this program, and by a shell
// of the machine with a program on PATH that does the same.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace nfproof::testing {

struct Recorded {
  std::string out;
  int status = -1;       ///< -1: could not be followed
  std::string problems;  ///< diagnostics, one on each line
};

/// By nfproof's own shell; the first line of the script says which (`#!/bin/sh`, `#!/bin/bash`). `directory` is where
/// the script stands.
[[nodiscard]] Recorded record_virtual(const std::string& script);
/// By `shell` (`dash`, `bash`): many scripts, one after another.
[[nodiscard]] std::vector<Recorded> record_real(const std::string& shell, const std::vector<std::string>& scripts);

}  // namespace nfproof::testing
