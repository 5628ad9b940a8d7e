// SPDX-License-Identifier: Apache-2.0
// Backslash escapes, as `$'...'`, `printf`'s formats, its `%b` and `echo -e` have them: each a little differently.
#pragma once

#include <string>
#include <string_view>

namespace nfproof::script {

enum class EscapeStyle { kDollarQuotes, kPrintf, kEcho };

struct Unescaped {
  std::string text;
  bool stop = false;  ///< `\c`: no output after this
};

[[nodiscard]] Unescaped unescape(std::string_view raw, EscapeStyle style);

}  // namespace nfproof::script
