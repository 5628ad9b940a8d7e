// SPDX-License-Identifier: Apache-2.0
// Quotes as the POSIX shell has them (2.2 Quoting, 2.3 Token Recognition); those of nftables and iptables-save are
// fewer.
#include "compiler/source/quotes.h"

namespace nfproof::source {

std::optional<std::size_t> BareScanner::next() {
  while (at_ < line_.size() && remark_ == std::string_view::npos) {
    const std::size_t i = at_++;
    const char c = line_[i];
    if (c == '\\' && quote_ != '\'') {
      ++at_;
    } else if (quote_ != '\0') {
      if (c == quote_)
        quote_ = '\0';
      else if (quote_ == '"' && c == '`')
        return i;
    } else if (c == '"' || c == '\'') {
      quote_ = c;
    } else if (c == '#' && (i == 0 || line_[i - 1] == ' ' || line_[i - 1] == '\t')) {
      remark_ = i;
    } else {
      return i;
    }
  }
  return std::nullopt;
}

}  // namespace nfproof::source
