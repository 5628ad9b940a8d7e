// SPDX-License-Identifier: Apache-2.0
// The quick way through a line that is well formed, as nearly all lines of a large file are: cuts it into the words
// that the grammar (`grammar/IptablesSaveLexer.g4`) would make of it, without the automata of the generated parser. It
// knows no errors: a line that it does not see through at once is left to the grammar, whose answer is the definition.
#pragma once

#include <string_view>

#include "compiler/frontend/line_parser.h"

namespace nfproof::compiler {

/// Empties `out` and gives it the span of the line.
void start_line(source::FileId file, std::uint32_t line_number, std::string_view text, ParsedLine& out);

/// Fills the kind, the words and the counters of `out`, which holds an empty line and its span. False when the grammar
/// has to look at the line; words and counters then mean nothing.
[[nodiscard]] bool scan_line(source::FileId file, std::uint32_t line_number, std::string_view text, ParsedLine& out);

/// The text of a word with quotes: resolved as iptables-restore does it.
[[nodiscard]] std::string unquote(std::string_view text);

}  // namespace nfproof::compiler
