// SPDX-License-Identifier: Apache-2.0
// -m statistic: true for a share of the packets, by chance or by counting (net/netfilter/xt_statistic.c). Each rule
// counts for itself.
#include <charconv>
#include <cmath>
#include <cstdio>
#include <optional>

#include "compiler/extensions/common.h"

namespace nfproof::compiler {
namespace {

constexpr double kWhole = 2147483648.0;  // 2^31 stands for always
constexpr NameValue kModes[] = {{"random", 0}, {"nth", 1}};

constexpr OptionRow kOptions[] = {
    {.name = "mode", .type = ValueType::kName, .required = true, .names = kModes},
    {.name = "probability", .type = ValueType::kText, .negatable = true},
    {.name = "every", .type = ValueType::kNumber, .negatable = true, .min = 1},
    {.name = "packet", .type = ValueType::kNumber},
};

bool is_nth(const ModuleInput& module) { return number_of(*module.find("mode")) == 1; }

std::optional<std::uint32_t> parse_probability(std::string_view text) {
  double share = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), share);
  if (failed != std::errc{} || end != text.data() + text.size() || !(share >= 0 && share <= 1)) return std::nullopt;
  return static_cast<std::uint32_t>(std::llround(share * kWhole));
}

void check(const ModuleInput& module) {
  if (!is_nth(module)) {
    if (!at_most_one(module, {"probability", "every"}) || !at_most_one(module, {"probability", "packet"})) return;
    if (!at_least_one(module, {"probability"})) return;
    const OptionUse& use = *module.find("probability");
    if (!parse_probability(use.text))
      module.error(use.value_span, "`--probability` expects a number from 0 to 1, got `" + use.text + '`');
    return;
  }
  if (!at_most_one(module, {"every", "probability"})) return;
  if (!at_least_one(module, {"every"}) || !at_least_one(module, {"packet"})) return;
  const OptionUse& packet = *module.find("packet");
  if (number_of(packet) >= number_of(*module.find("every")))
    module.error(packet.value_span, "`--packet` must be smaller than `--every`, packets count from 0");
}

ir::Statistic statistic_of(const ModuleInput& module) {
  ir::Statistic statistic;
  if (is_nth(module)) {
    statistic.mode = ir::Statistic::Mode::kNth;
    statistic.every = static_cast<std::uint32_t>(number_of(*module.find("every")));
    statistic.packet = static_cast<std::uint32_t>(number_of(*module.find("packet")));
    statistic.negated = module.find("every")->negated;
  } else {
    statistic.probability = parse_probability(module.find("probability")->text).value_or(0);
    statistic.negated = module.find("probability")->negated;
  }
  return statistic;
}

void print(const ModuleInput& module, std::string& out) {
  const ir::Statistic statistic = statistic_of(module);
  out += statistic.mode == ir::Statistic::Mode::kNth ? " --mode nth" : " --mode random";
  if (statistic.negated) out += " !";
  if (statistic.mode == ir::Statistic::Mode::kNth) {
    out += " --every " + std::to_string(statistic.every) + " --packet " + std::to_string(statistic.packet);
    return;
  }
  char text[32];
  std::snprintf(text, sizeof text, "%.11f", statistic.probability / kWhole);
  out += " --probability ";
  out += text;
}

void lower(const ModuleInput& module, Lowering& out) { out.when(statistic_of(module)); }

}  // namespace

extern const Extension kMatchStatistic{
    .name = "statistic",
    .kind = ExtensionKind::kMatch,
    .options = kOptions,
    .check = check,
    .print = print,
    .lower = lower,
};

}  // namespace nfproof::compiler
