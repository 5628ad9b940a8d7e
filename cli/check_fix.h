// SPDX-License-Identifier: Apache-2.0
// check --fix: applies the safe fixes of findings to the input files. What is written was compiled again and proved
// equivalent to what was there before.
#pragma once

#include <string>
#include <vector>

#include "cli/check_run.h"
#include "cli/inputs.h"
#include "cli/project.h"
#include "cli/terminal.h"

namespace nfproof::cli {

/// A file with its fixes.
struct FixedFile {
  std::string path;
  std::string before, after;
  std::size_t deleted = 0;  ///< lines
};

struct FixResult {
  bool readable = false;         ///< false: the input has errors, which a check tells
  std::vector<FixedFile> files;  ///< that change
  std::size_t unproved = 0;      ///< safe fixes that were left out because their sum was not proved equivalent
  std::size_t elsewhere = 0;     ///< fixes of lines that are no rules of a save file
};

/// Finds the fixes and proves them; writes nothing.
[[nodiscard]] FixResult find_fixes(const InputOptions& inputs, const CheckRequest& request, const Project& project);

/// What `diff -u` prints for the two texts, which differ in whole lines that are deleted or replaced.
[[nodiscard]] std::string unified_diff(const FixedFile& file);

}  // namespace nfproof::cli
