// SPDX-License-Identifier: Apache-2.0
// Which modules are supported, and how far: made from the registry, so that it cannot be wrong.
#pragma once

#include <string>

namespace nfproof::cli {

/// A Markdown table: one row for each module.
[[nodiscard]] std::string module_table();

}  // namespace nfproof::cli
