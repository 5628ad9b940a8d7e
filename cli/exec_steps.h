// SPDX-License-Identifier: Apache-2.0
// exec --each: the analysis of access (NF2xx) after each step of a script that changes the ruleset.
#pragma once

#include <string>
#include <vector>

#include "cli/arguments.h"
#include "cli/inputs.h"
#include "cli/terminal.h"
#include "compiler/ir/host.h"
#include "compiler/script/run.h"
#include "report/steps.h"

namespace nfproof::cli {

struct StepOptions {
  std::vector<std::string> admin;
  InputOptions inputs;  ///< for the host only
  bool json = false;

  [[nodiscard]] bool used() const {
    return !admin.empty() || !inputs.addr.empty() || !inputs.routes.empty() || !inputs.write_host.empty() || json;
  }
};
void declare_steps(Arguments& arguments, StepOptions& options);

/// Follows the script once more, beginning with the state `before`, and tells after which steps access is lost and
/// regained. An exit code.
[[nodiscard]] int watch_steps(Terminal& terminal, const StepOptions& options, const std::string& before,
                              const std::string& path, const std::string& script,
                              const script::ScriptOptions& script_options);

struct StepsFound {
  std::vector<report::StepLoss> losses;  ///< places are in the script: line and columns count, not the file
  std::size_t undecided = 0;             ///< steps
  bool failed = false;                   ///< an expression could not be read, which was told
};
/// The same for a script that begins with an empty ruleset, as values.
[[nodiscard]] StepsFound find_losses(Terminal& terminal, const std::vector<std::string>& admin, const ir::Host& machine,
                                     const std::string& path, const std::string& script,
                                     const script::ScriptOptions& script_options);

}  // namespace nfproof::cli
