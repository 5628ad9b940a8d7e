// SPDX-License-Identifier: Apache-2.0
// Reading `[packets:bytes]`.
#include "compiler/frontend/counters_text.h"

#include <charconv>
#include <limits>

namespace nfproof::compiler {

std::optional<ir::Counters> read_counters(std::string_view text) {
  if (text.size() < 5 || text.front() != '[' || text.back() != ']') return std::nullopt;
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  ir::Counters counters;
  const auto read = [](std::string_view digits, std::uint64_t& number) {
    const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (failed == std::errc::result_out_of_range) number = std::numeric_limits<std::uint64_t>::max();
    return !digits.empty() && failed != std::errc::invalid_argument && end == digits.data() + digits.size();
  };
  const bool good = read(text.substr(1, colon - 1), counters.packets) &&
                    read(text.substr(colon + 1, text.size() - colon - 2), counters.bytes);
  return good ? std::optional(counters) : std::nullopt;
}

}  // namespace nfproof::compiler
