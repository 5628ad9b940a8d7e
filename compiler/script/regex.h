// SPDX-License-Identifier: Apache-2.0
// Regular expressions of POSIX, as grep, sed and `=~` have them. What they may cost is bounded.
#pragma once

#include <regex.h>

#include <string>
#include <vector>

#include "compiler/script/shell.h"

namespace nfproof::script {

class Regex {
 public:
  /// An expression that is wrong, or too costly, is refused.
  Regex(Shell& shell, const std::string& pattern, bool extended, bool ignore_case, source::Span span);
  ~Regex() { regfree(&compiled_); }
  Regex(const Regex&) = delete;
  Regex& operator=(const Regex&) = delete;

  struct Group {
    bool set = false;
    std::size_t from = 0, to = 0;
  };
  /// The groups of the first match at or after `from`, the whole first; empty when there is none.
  [[nodiscard]] std::vector<Group> match(const std::string& text, std::size_t from = 0) const;

 private:
  regex_t compiled_{};
};

}  // namespace nfproof::script
