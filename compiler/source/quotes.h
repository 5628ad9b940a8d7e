// SPDX-License-Identifier: Apache-2.0
// Lines of shell scripts, rule files and nftables as seen from outside of quotes.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace nfproof::source {

/// Goes through the characters of a line that mean something: those outside of quotes, without what a backslash
/// protects, and the backquotes inside of double quotes, which a shell obeys. Ends where a remark begins.
class BareScanner {
 public:
  explicit BareScanner(std::string_view line) : line_(line) {}

  /// The place of the next one; nothing at the end of the line or at a remark.
  [[nodiscard]] std::optional<std::size_t> next();
  /// After the last: where the remark begins, a `#` at the beginning of a word; `npos` without one.
  [[nodiscard]] std::size_t remark() const { return remark_; }
  /// The quote that is open; `\0`: none.
  [[nodiscard]] char open_quote() const { return quote_; }

 private:
  std::string_view line_;
  std::size_t at_ = 0;
  std::size_t remark_ = std::string_view::npos;
  char quote_ = '\0';
};

}  // namespace nfproof::source
