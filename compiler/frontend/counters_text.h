// SPDX-License-Identifier: Apache-2.0
// The counters of a chain or rule as save files write them.
#pragma once

#include <optional>
#include <string_view>

#include "compiler/ir/ruleset.h"

namespace nfproof::compiler {

/// `[packets:bytes]`, decimal; numbers that do not fit become the largest one. Nothing for any other text.
[[nodiscard]] std::optional<ir::Counters> read_counters(std::string_view text);

}  // namespace nfproof::compiler
