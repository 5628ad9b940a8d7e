// SPDX-License-Identifier: Apache-2.0
// -m limit: a token bucket of the rule (net/netfilter/xt_limit.c). The tool turns the rate into the cost of one packet
// in 1/10000 s and prints the rate that this cost stands for: `3000/sec` comes back as `3333/sec`.
#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "compiler/extensions/common.h"

namespace nfproof::compiler {
namespace {

constexpr std::uint32_t kScale = 10000;
constexpr std::uint32_t kDefaultBurst = 5;

constexpr OptionRow kOptions[] = {
    {.name = "limit", .type = ValueType::kText},
    {.name = "limit-burst", .type = ValueType::kNumber, .max = 10000},
};

struct Unit {
  std::string_view name;
  std::string_view printed;
  std::uint32_t seconds;
};
constexpr std::array<Unit, 4> kUnits = {
    {{"day", "day", 86400}, {"hour", "hour", 3600}, {"minute", "min", 60}, {"second", "sec", 1}}};

/// The cost of a packet. `N`, `N/second`, units may be cut short (`3/m`).
std::optional<std::uint32_t> parse_rate(std::string_view text) {
  const std::size_t slash = text.find('/');
  std::uint32_t seconds = 1;
  if (slash != std::string_view::npos) {
    const std::string_view unit = text.substr(slash + 1);
    const auto* known = std::find_if(kUnits.begin(), kUnits.end(),
                                     [unit](const Unit& row) { return starts_with_ignoring_case(row.name, unit); });
    if (unit.empty() || known == kUnits.end()) return std::nullopt;
    seconds = known->seconds;
  }
  const std::string_view digits = text.substr(0, slash);
  std::uint32_t count = 0;
  const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), count);
  if (failed != std::errc{} || end != digits.data() + digits.size() || count == 0) return std::nullopt;
  if (count / seconds > kScale) return std::nullopt;
  const std::uint32_t cost = kScale * seconds / count;
  return cost == 0 ? std::nullopt : std::optional(cost);
}

/// The unit and count that iptables-save shows for a cost.
ir::Limit limit_of(const ModuleInput& module) {
  const OptionUse* rate = module.find("limit");
  const OptionUse* burst = module.find("limit-burst");
  ir::Limit limit;
  limit.average = rate == nullptr ? kScale * 3600 / 3 : parse_rate(rate->text).value_or(kScale);
  limit.burst = burst == nullptr ? kDefaultBurst : static_cast<std::uint32_t>(number_of(*burst));
  std::size_t unit = 1;
  for (; unit < kUnits.size(); ++unit) {
    const std::uint32_t whole = kUnits[unit].seconds * kScale;
    if (limit.average > whole || whole / limit.average < whole % limit.average) break;
  }
  limit.unit_seconds = kUnits[unit - 1].seconds;
  limit.count = limit.unit_seconds * kScale / limit.average;
  return limit;
}

/// Credits of a cost in the kernel's 32-bit arithmetic; 32000 = HZ * CREDITS_PER_JIFFY with 250 and 1000 ticks a
/// second.
std::uint32_t credits(std::uint32_t cost) {
  constexpr std::uint32_t kPerSecond = 32000;
  if (cost > 0xffffffffU / kPerSecond) return cost / kScale * kPerSecond;
  return cost * kPerSecond / kScale;
}

void check(const ModuleInput& module) {
  if (const OptionUse* rate = module.find("limit"); rate != nullptr && !parse_rate(rate->text)) {
    module.error(rate->value_span,
                 "`--limit` expects a rate of at most 10000/second such as `3/hour`, got `" + rate->text + '`');
    return;
  }
  const ir::Limit limit = limit_of(module);
  const OptionUse* burst = module.find("limit-burst");
  if (limit.burst == 0 || credits(limit.average * limit.burst) < credits(limit.average))
    module.error(burst == nullptr ? module.span : burst->value_span,
                 limit.burst == 0 ? "`--limit-burst` must not be 0"
                                  : "the kernel cannot hold a burst of " + std::to_string(limit.burst) +
                                        " packets at this rate, choose a smaller one or a faster rate");
}

void print(const ModuleInput& module, std::string& out) {
  const ir::Limit limit = limit_of(module);
  const auto* unit = std::find_if(kUnits.begin(), kUnits.end(),
                                  [&limit](const Unit& row) { return row.seconds == limit.unit_seconds; });
  out += " --limit " + std::to_string(limit.count) + '/';
  out += unit->printed;
  if (limit.burst != kDefaultBurst) out += " --limit-burst " + std::to_string(limit.burst);
}

void lower(const ModuleInput& module, Lowering& out) { out.when(limit_of(module)); }

}  // namespace

extern const Extension kMatchLimit{
    .name = "limit",
    .kind = ExtensionKind::kMatch,
    .options = kOptions,
    .check = check,
    .print = print,
    .lower = lower,
};

}  // namespace nfproof::compiler
