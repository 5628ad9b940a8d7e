// SPDX-License-Identifier: Apache-2.0
// How a program of iptables tells what is wrong: the words that scripts look for, and the exit code.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "compiler/source/diagnostic.h"

namespace nfproof::compiler {

inline constexpr std::string_view kToolVersion = "1.8.9 (legacy)";

enum ToolExit : int { kToolOk = 0, kToolFailure = 1, kToolParameter = 2, kToolVersionProblem = 3, kToolResource = 4 };

struct Speaker {
  std::string program;     ///< `iptables-restore`
  std::uint32_t line = 0;  ///< of restore input; 0: not reading any

  /// Appends the text for one diagnostic and returns the exit code; 0 for warnings. Notes and warnings of ours alone
  /// are not told: the tool would not know them.
  int tell(const source::Diagnostic& diagnostic, std::string& err) const;
  /// `PROGRAM vVERSION: TEXT`, then where to find help.
  int parameter_problem(std::string_view text, std::string& err) const;
  void try_help(std::string& err) const;
};

}  // namespace nfproof::compiler
