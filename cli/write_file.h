// SPDX-License-Identifier: Apache-2.0
// Writing whole files.
#pragma once

#include <string>
#include <string_view>

#include "cli/terminal.h"

namespace nfproof::cli {

/// False after an error, which is told.
[[nodiscard]] bool write_file(Terminal& terminal, const std::string& path, std::string_view text);

/// The same, but readers see the old or the new content and never a part: a new file takes the place of the old one,
/// with its permissions. A link stays a link.
[[nodiscard]] bool replace_file(Terminal& terminal, const std::string& path, std::string_view text);

}  // namespace nfproof::cli
