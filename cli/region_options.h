// SPDX-License-Identifier: Apache-2.0
// What the commands that ask about sets of packets have in common.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analyzer/regions/regions.h"
#include "cli/arguments.h"
#include "cli/terminal.h"
#include "compiler/frontend/compile.h"
#include "compiler/frontend/expression.h"

namespace nfproof::cli {

struct RegionLimits {
  std::string time = "60";
  std::string memory = "1000";
};
void declare_region_limits(Arguments& arguments, RegionLimits& limits);
/// False after an error, which is told.
[[nodiscard]] bool read_region_limits(Terminal& terminal, const RegionLimits& limits,
                                      analyzer::regions::Budget& budget);

/// Reads an expression into the pool of the ruleset. Nothing after an error, which is told.
[[nodiscard]] std::optional<compiler::Expression> read_expression(Terminal& terminal,
                                                                  compiler::Compilation& compilation,
                                                                  const std::string& name, const std::string& text);
/// Asks only about the ways and families that the expression names. False after an error, which is told.
[[nodiscard]] bool restrict_to(Terminal& terminal, const compiler::Expression& expression,
                               analyzer::RegionOptions& options);

void tell_region_notes(Terminal& terminal, const std::vector<std::string>& assumptions,
                       const std::vector<std::string>& internal_errors, bool json);

}  // namespace nfproof::cli
