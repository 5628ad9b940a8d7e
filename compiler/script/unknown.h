// SPDX-License-Identifier: Apache-2.0
// What a script asks of the machine and this program cannot know (`$(hostname)`, `$$`). Such a value travels through
// variables and texts as a mark: a NUL, the number of the unknown, a NUL. No string of a shell holds a NUL, so a mark
// is never mistaken. Where the value matters (a rule, a decision) it is an error that names its origin.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/source/span.h"

namespace nfproof::script {

struct Unknown {
  source::Span span;
  std::string what;      ///< as the script has it: `$(hostname)`
  std::string variable;  ///< the first that took the value: `--set` can give it
  bool several = false;  ///< a pattern of file names: any number of words
  bool told = false;
};

class Unknowns {
 public:
  /// Returns the mark.
  std::string add(source::Span span, std::string what, bool several = false);
  [[nodiscard]] Unknown& at(std::size_t number) { return rows_[number]; }

  [[nodiscard]] static bool is_in(std::string_view text) { return text.find('\0') != std::string_view::npos; }
  /// The number of the first unknown in a text.
  [[nodiscard]] std::optional<std::size_t> first(std::string_view text) const;
  /// For people: marks become what the script has there.
  [[nodiscard]] std::string readable(std::string_view text) const;

 private:
  std::vector<Unknown> rows_;
};

}  // namespace nfproof::script
