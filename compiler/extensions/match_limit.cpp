// SPDX-License-Identifier: Apache-2.0
// -m limit: a token bucket of the rule (net/netfilter/xt_limit.c). The cost of a packet counts in 1/10000 s
// (packet_rate.h).
#include <optional>

#include "compiler/extensions/common.h"
#include "compiler/extensions/packet_rate.h"

namespace nfproof::compiler {
namespace {

constexpr std::uint32_t kScale = 10000;
constexpr std::uint32_t kDefaultCost = kScale * 3600 / 3;  // 3/hour
constexpr std::uint32_t kDefaultBurst = 5;

constexpr OptionRow kOptions[] = {
    {.name = "limit", .type = ValueType::kText},
    {.name = "limit-burst", .type = ValueType::kNumber, .max = 10000},
};

std::optional<std::uint32_t> cost_of(std::string_view text) {
  const auto rate = parse_packet_rate(text);
  const auto cost = rate ? rate->cost(kScale) : std::nullopt;
  return cost ? std::optional(static_cast<std::uint32_t>(*cost)) : std::nullopt;
}

ir::Limit limit_of(const ModuleInput& module) {
  const OptionUse* use = module.find("limit");
  const OptionUse* burst = module.find("limit-burst");
  ir::Limit limit;
  limit.average = use == nullptr ? kDefaultCost : cost_of(use->text).value_or(kScale);
  limit.burst = burst == nullptr ? kDefaultBurst : static_cast<std::uint32_t>(number_of(*burst));
  const PacketRate rate = rate_of_cost(limit.average, kScale);
  limit.unit_seconds = static_cast<std::uint32_t>(rate.unit_seconds);
  limit.count = static_cast<std::uint32_t>(rate.count);
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
  if (const OptionUse* rate = module.find("limit"); rate != nullptr && !cost_of(rate->text)) {
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
  out += " --limit " + packet_rate_text({limit.count, limit.unit_seconds});
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
