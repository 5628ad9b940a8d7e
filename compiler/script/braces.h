// SPDX-License-Identifier: Apache-2.0
// Brace expansion: `{a,b}`, `{1..5}`, `{a..e..2}`.
#pragma once

#include <vector>

#include "compiler/script/syntax.h"

namespace nfproof::script {

/// Whether a word holds an unquoted brace at all.
[[nodiscard]] bool may_have_braces(const Word& word);
/// Adds the words that a word with braces stands for, at most `most` of them: false when there are more.
[[nodiscard]] bool expand_braces(const Word& word, std::size_t most, std::vector<Word>& result);

}  // namespace nfproof::script
