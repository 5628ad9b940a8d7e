// SPDX-License-Identifier: Apache-2.0
// One line of iptables-save text to its parts. The thin interface in front of the generated parser: no type of it gets
// out, and another parser could stand behind it. A parser object is reused for all lines of a file.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/extensions/options.h"
#include "compiler/ir/ruleset.h"
#include "compiler/source/span.h"

namespace nfproof::compiler {

/// `kRemark`: a `#` line; `kTable`: `*NAME`; `kChain`: `:NAME POLICY`; `kBad`: a line that is none of these.
enum class LineKind : std::uint8_t { kEmpty, kRemark, kTable, kChain, kCommit, kCommand, kBad };

/// iptables-restore cuts longer lines in pieces, and refuses longer words.
inline constexpr std::size_t kMaxLine = 10238;
inline constexpr std::size_t kMaxWord = 1023;

/// The parts of a line. An unreadable line is `kBad` with a message; nothing is reported from here.
struct ParsedLine {
  LineKind kind = LineKind::kEmpty;
  /// Table and chain lines: the fields after `*` or `:`. Commands: all words in order, without the counters.
  std::vector<Word> words;
  std::optional<ir::Counters> counters;
  bool unclosed_quote = false;  ///< the last word ran to the end of the line
  source::Span span;            ///< the line without blanks at its ends
  // kBad:
  source::Span error_span;
  std::string error;

  std::deque<std::string> unquoted;  ///< texts of words that had quotes; `words` point into it
};

class LineParser {
 public:
  /// `kGrammar` shows every line to the generated parser, also those that `line_scanner.h` sees through: slower, with
  /// the same answers.
  enum class Way : std::uint8_t { kQuick, kGrammar };

  explicit LineParser(Way way = Way::kQuick);
  ~LineParser();
  LineParser(const LineParser&) = delete;
  LineParser& operator=(const LineParser&) = delete;

  /// `text` is the line without its newline; the result points into it and is valid until the next call.
  [[nodiscard]] const ParsedLine& parse(source::FileId file, std::uint32_t line_number, std::string_view text);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace nfproof::compiler
