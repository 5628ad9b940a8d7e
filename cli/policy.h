// SPDX-License-Identifier: Apache-2.0
// Policy files for the commands: the texts of the file become predicates of the ruleset.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analyzer/regions/verify.h"
#include "cli/terminal.h"
#include "compiler/frontend/compile.h"

namespace nfproof::cli {

/// Nothing after an error, which is told at its place in the policy file.
[[nodiscard]] std::optional<std::vector<analyzer::Assertion>> load_policy(Terminal& terminal, const std::string& path,
                                                                          compiler::Compilation& compilation);

}  // namespace nfproof::cli
