// SPDX-License-Identifier: Apache-2.0
// Spans of time: see duration.h.
#include "compiler/frontend/nft/duration.h"

#include <charconv>

namespace nfproof::compiler::nft {

std::optional<std::uint64_t> read_plain_number(std::string_view text) {
  const bool hex = text.starts_with("0x") || text.starts_with("0X");
  if (hex) text.remove_prefix(2);
  std::uint64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, failure] = std::from_chars(text.data(), end, number, hex ? 16 : 10);
  if (failure != std::errc() || stop != end) return std::nullopt;
  return number;
}

std::optional<std::uint64_t> read_duration(std::string_view text) {
  constexpr std::uint64_t kMost = 1ULL << 50;
  struct Unit {
    std::string_view name;
    std::uint64_t milliseconds;
  };
  static constexpr Unit kUnits[] = {{"ms", 1}, {"d", 86400000}, {"h", 3600000}, {"m", 60000}, {"s", 1000}};
  if (const auto seconds = read_plain_number(text)) return *seconds < kMost / 1000 ? *seconds * 1000 : kMost;
  std::uint64_t total = 0;
  while (!text.empty()) {
    std::uint64_t number = 0;
    const auto [stop, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failure != std::errc() || number > kMost / 86400000) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(stop - text.data()));
    bool known = false;
    for (const Unit& unit : kUnits) {
      if (known || !text.starts_with(unit.name)) continue;
      text.remove_prefix(unit.name.size());
      total += number * unit.milliseconds;
      known = true;
    }
    if (!known) return std::nullopt;
  }
  return total;
}

}  // namespace nfproof::compiler::nft
