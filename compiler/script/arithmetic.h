// SPDX-License-Identifier: Apache-2.0
// Shell arithmetic: the expressions of C on 64-bit numbers, with the shell's variables.
#pragma once

#include <string_view>

#include "compiler/script/shell.h"

namespace nfproof::script {

/// `text` has its expansions behind it. What is wrong with it is fatal for the script, as it is for a shell.
[[nodiscard]] long long evaluate_arithmetic(Shell& shell, std::string_view text, source::Span span, int depth = 0);

}  // namespace nfproof::script
