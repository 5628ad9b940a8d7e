// SPDX-License-Identifier: Apache-2.0
// The words of a command, taken from left to right.
#pragma once

#include <cstddef>
#include <span>

#include "compiler/extensions/options.h"

namespace nfproof::compiler {

class WordStream {
 public:
  explicit WordStream(std::span<const Word> words) : rest_(words) {}

  [[nodiscard]] std::size_t size() const { return rest_.size(); }
  [[nodiscard]] bool empty() const { return rest_.empty(); }
  /// Not when it is empty.
  const Word& take() { return take(1).front(); }
  /// The next words; there must be so many.
  std::span<const Word> take(std::size_t count) {
    const std::span<const Word> taken = rest_.first(count);
    rest_ = rest_.subspan(count);
    return taken;
  }

  /// Is the next word neither an option nor `!`?
  [[nodiscard]] bool has_argument() const {
    return !empty() && !rest_.front().text.starts_with('-') && !rest_.front().text.starts_with('!');
  }
  /// A word without a place when there is none.
  Word take_argument() { return has_argument() ? take() : Word{}; }

 private:
  std::span<const Word> rest_;
};

/// The smallest range of columns that holds both; an unknown span counts for nothing.
[[nodiscard]] source::Span join(source::Span a, source::Span b);

}  // namespace nfproof::compiler
