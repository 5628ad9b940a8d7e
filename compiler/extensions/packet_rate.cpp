// SPDX-License-Identifier: Apache-2.0
// Rates in packets: see packet_rate.h.
#include "compiler/extensions/packet_rate.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "compiler/extensions/common.h"

namespace nfproof::compiler {
namespace {

struct Unit {
  std::string_view name;
  std::string_view printed;
  std::uint64_t seconds;
};
constexpr std::array<Unit, 4> kUnits = {
    {{"day", "day", 86400}, {"hour", "hour", 3600}, {"minute", "min", 60}, {"second", "sec", 1}}};

}  // namespace

std::optional<std::uint64_t> PacketRate::cost(std::uint64_t scale) const {
  if (count / unit_seconds > scale) return std::nullopt;
  const std::uint64_t cost = scale * unit_seconds / count;
  return cost == 0 ? std::nullopt : std::optional(cost);
}

std::optional<PacketRate> parse_packet_rate(std::string_view text) {
  const std::size_t slash = text.find('/');
  PacketRate rate;
  if (slash != std::string_view::npos) {
    const std::string_view unit = text.substr(slash + 1);
    const auto* known = std::find_if(kUnits.begin(), kUnits.end(),
                                     [unit](const Unit& row) { return starts_with_ignoring_case(row.name, unit); });
    if (unit.empty() || known == kUnits.end()) return std::nullopt;
    rate.unit_seconds = known->seconds;
  }
  const std::string_view digits = text.substr(0, slash);
  std::uint32_t count = 0;
  const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), count);
  if (failed != std::errc{} || end != digits.data() + digits.size() || count == 0) return std::nullopt;
  rate.count = count;
  return rate;
}

PacketRate rate_of_cost(std::uint64_t cost, std::uint64_t scale) {
  std::size_t unit = 1;
  for (; unit < kUnits.size(); ++unit) {
    const std::uint64_t whole = kUnits[unit].seconds * scale;
    if (cost > whole || whole / cost < whole % cost) break;
  }
  const std::uint64_t seconds = kUnits[unit - 1].seconds;
  return {seconds * scale / cost, seconds};
}

std::string packet_rate_text(const PacketRate& rate) {
  const auto* unit =
      std::find_if(kUnits.begin(), kUnits.end(), [&rate](const Unit& row) { return row.seconds == rate.unit_seconds; });
  return std::to_string(rate.count) + '/' + std::string(unit->printed);
}

}  // namespace nfproof::compiler
