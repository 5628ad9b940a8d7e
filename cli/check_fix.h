// SPDX-License-Identifier: Apache-2.0
// check --fix: makes the fixes of findings in the input files. What is written was compiled again and proved equivalent
// to what was there before; only fixes that were asked for in so many words may change what happens to packets.
#pragma once

#include <string>
#include <vector>

#include "cli/check_run.h"
#include "cli/fix_lines.h"
#include "cli/inputs.h"
#include "cli/project.h"
#include "cli/terminal.h"

namespace nfproof::cli {

/// A file with its fixes.
struct FixedFile {
  std::string path;
  std::string before, after;
  LineChanges changes;
  std::size_t deleted = 0;       ///< rules
  std::size_t moved = 0;         ///< rules, nothing changes
  std::size_t moved_anyway = 0;  ///< rules, because it was asked for
};

struct FixResult {
  bool readable = false;         ///< false: the input has errors, which a check tells
  std::vector<FixedFile> files;  ///< that change
  std::string left_out;          ///< fixes that were not made, each with its place and the reason, ready to be told
  std::size_t left_out_count = 0;
};

struct FixRequest {
  bool anyway = false;  ///< also fixes that change what happens to some packets
};

/// Finds the fixes and proves them; writes nothing.
[[nodiscard]] FixResult find_fixes(Terminal& terminal, const InputOptions& inputs, const CheckRequest& request,
                                   const Project& project, FixRequest how);

}  // namespace nfproof::cli
