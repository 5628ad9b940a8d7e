// SPDX-License-Identifier: Apache-2.0
// Shell text to a tree. Written by hand, since what a character means in a shell depends on where the parser stands:
// here-documents begin at the next newline, `$(...)` holds whole programs inside words, a word is a keyword only in
// certain places. Depth is bounded; a text that is no script is a located error.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "compiler/script/syntax.h"
#include "compiler/source/diagnostic.h"
#include "compiler/source/source_file.h"

namespace nfproof::script {

/// The first thing that is wrong with a text.
struct SyntaxError {
  source::Span span;
  std::string message;
};

/// Where a text stands, for the places in its tree.
struct Origin {
  source::FileId file{};
  std::uint32_t first_line = 1;
  std::optional<source::Span>
      fixed;  ///< text that stands nowhere as it is (of `eval`, in backticks): all of it is here
  int depth = 0;
};

/// Null after a syntax error.
[[nodiscard]] std::shared_ptr<const List> parse_script(std::string_view text, const Origin& origin, SyntaxError& error);

}  // namespace nfproof::script
