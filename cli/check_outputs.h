// SPDX-License-Identifier: Apache-2.0
// Where the findings of `check` go and in which formats: several in one run.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/arguments.h"
#include "cli/inputs.h"
#include "cli/terminal.h"
#include "report/findings.h"

namespace nfproof::cli {

class CheckOutputs {
 public:
  /// The names of the formats, for --format.
  static std::span<const std::string_view> formats();

  void declare(Arguments& arguments);
  /// Pairs formats with files; false after an error, which is told.
  [[nodiscard]] bool plan(Terminal& terminal, const InputOptions& inputs);
  /// False after an error, which is told.
  [[nodiscard]] bool write(Terminal& terminal, const report::CheckReport& report) const;
  /// Does text for people go to standard output?
  [[nodiscard]] bool tells_people() const;

 private:
  struct Output {
    std::string format;
    std::string file;  ///< empty: standard output
  };
  bool json_ = false;
  std::vector<std::string> files_;
  std::vector<Output> outputs_;
};

}  // namespace nfproof::cli
