// SPDX-License-Identifier: Apache-2.0
// Scripts as input of `check`: the ruleset that a script makes, and what it loses on the way.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analyzer/analyze.h"
#include "cli/inputs.h"
#include "cli/terminal.h"
#include "compiler/frontend/compile.h"
#include "compiler/ir/host.h"

namespace nfproof::cli {

struct ScriptInput {
  std::string path;
  std::string text;
  bool is_list = false;  ///< nothing but commands: reads as a ruleset, too
};

/// The only input, when it is a script: by its first line, its name, or because it consists of commands.
[[nodiscard]] std::optional<ScriptInput> find_script(const InputOptions& inputs);

/// Follows the script and makes the ruleset that is there in the end. False when it could not be followed, which is
/// told.
[[nodiscard]] bool load_script(Terminal& terminal, const ScriptInput& script, compiler::Compilation& compilation);

/// What the administrator loses after single commands, as findings about the ruleset of the compilation. Nothing after
/// an error, which is told; steps that stayed open are counted.
[[nodiscard]] std::optional<std::vector<analyzer::Finding>> lost_on_the_way(
    Terminal& terminal, const ScriptInput& script, const std::vector<std::string>& admin, const ir::Host& machine,
    const compiler::Compilation& compilation, std::size_t& undecided);

}  // namespace nfproof::cli
