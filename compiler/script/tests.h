// SPDX-License-Identifier: Apache-2.0
// The tests that `[` and `[[` have in common.
#pragma once

#include <string>

#include "compiler/script/shell.h"

namespace nfproof::script {

/// `-n`, `-f` and their like. A file about which nothing is known is refused.
[[nodiscard]] bool unary_test(Shell& shell, const std::string& op, const std::string& operand, source::Span span);
/// `-eq` and its like.
[[nodiscard]] bool compare_numbers(const std::string& op, long long a, long long b);
/// `=~`; sets BASH_REMATCH.
[[nodiscard]] bool regex_test(Shell& shell, const std::string& text, const std::string& pattern, source::Span span);

}  // namespace nfproof::script
