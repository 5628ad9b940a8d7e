// SPDX-License-Identifier: Apache-2.0
// Shell patterns: `*`, `?`, `[...]`, a backslash before what is to be taken as it is.
#pragma once

#include <string>
#include <string_view>

namespace nfproof::script {

[[nodiscard]] bool pattern_matches(std::string_view pattern, std::string_view text, bool ignore_case = false);
/// Whether anything in it is special.
[[nodiscard]] bool has_pattern(std::string_view pattern);
/// With a backslash before everything that is special.
[[nodiscard]] std::string escape_pattern(std::string_view text);
/// Without the backslashes.
[[nodiscard]] std::string unescape_pattern(std::string_view pattern);

}  // namespace nfproof::script
