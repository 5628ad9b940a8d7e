// SPDX-License-Identifier: Apache-2.0
// The option `--threads`: how many threads work at once. Results never depend on it.
#pragma once

#include <optional>
#include <string>

#include "cli/terminal.h"

namespace nfproof::cli {

/// `otherwise` without the option. Nothing: an error was told.
[[nodiscard]] std::optional<unsigned> threads_of(Terminal& terminal, const std::string& text, unsigned otherwise);

}  // namespace nfproof::cli
