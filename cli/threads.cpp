// SPDX-License-Identifier: Apache-2.0
// Reading numbers of threads.
#include "cli/threads.h"

#include <charconv>

namespace nfproof::cli {

std::optional<unsigned> threads_of(Terminal& terminal, const std::string& text, unsigned otherwise) {
  if (text.empty()) return otherwise;
  constexpr unsigned kMost = 256;
  unsigned threads = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), threads);
  if (error == std::errc() && end == text.data() + text.size() && threads >= 1 && threads <= kMost) return threads;
  terminal.error("--threads takes a number from 1 to " + std::to_string(kMost) + ", not `" + text + "`");
  return std::nullopt;
}

}  // namespace nfproof::cli
