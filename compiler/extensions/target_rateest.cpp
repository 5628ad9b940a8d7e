// SPDX-License-Identifier: Apache-2.0
// -j RATEEST: measures the rate of the packets that come here, for `-m rateest` (net/netfilter/xt_RATEEST.c). The
// packet goes on. Times are rounded to the powers of two that the kernel counts in.
#include <charconv>
#include <cmath>
#include <cstdio>
#include <optional>

#include "compiler/extensions/common.h"

namespace nfproof::compiler {
namespace {

constexpr std::uint32_t kSecond = 1000000;  // microseconds

constexpr OptionRow kOptions[] = {
    {.name = "rateest-name", .type = ValueType::kText, .required = true, .max = 15},
    {.name = "rateest-interval", .type = ValueType::kText, .required = true},
    {.name = "rateest-ewmalog", .type = ValueType::kText, .required = true},
};

constexpr NameValue kUnits[] = {{"s", kSecond},
                                {"sec", kSecond},
                                {"secs", kSecond},
                                {"ms", kSecond / 1000},
                                {"msec", kSecond / 1000},
                                {"msecs", kSecond / 1000},
                                {"us", 1},
                                {"usec", 1},
                                {"usecs", 1},
                                {"", 1}};

/// In microseconds.
std::optional<std::uint32_t> parse_time(std::string_view text) {
  double time = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), time);
  if (failed != std::errc{}) return std::nullopt;
  const std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
  for (const NameValue& known : kUnits) {
    if (!equal_ignoring_case(known.name, unit)) continue;
    time *= static_cast<double>(known.value);
    if (!(time >= 0) || time > 4e9) return std::nullopt;
    return static_cast<std::uint32_t>(time);
  }
  return std::nullopt;
}

/// The smallest interval of 1/4 s times a power of two that is not shorter.
std::optional<std::int8_t> interval_of(std::uint32_t time) {
  for (std::int8_t interval = 0; interval <= 5; ++interval)
    if (time <= (kSecond / 4) << interval) return static_cast<std::int8_t>(interval - 2);
  return std::nullopt;
}

std::optional<std::uint8_t> ewma_of(std::uint32_t time, std::uint32_t interval) {
  unsigned log = 1;
  for (; log < 32; ++log) {
    const double weight = 1.0 - 1.0 / static_cast<double>(std::uint64_t{1} << log);
    if (interval / -std::log(weight) > time) break;
  }
  --log;
  if (log == 0 || log >= 31) return std::nullopt;
  return static_cast<std::uint8_t>(log);
}

void check(const ModuleInput& module) {
  for (const std::string_view option : {"rateest-interval", "rateest-ewmalog"}) {
    const OptionUse& use = *module.find(option);
    if (parse_time(use.text)) continue;
    module.error(use.value_span,
                 "`--" + std::string(option) + "` expects a time such as `250ms` or `1.5s`, got `" + use.text + '`');
    return;
  }
  const OptionUse& interval = *module.find("rateest-interval");
  const OptionUse& ewma = *module.find("rateest-ewmalog");
  const std::uint32_t time = parse_time(interval.text).value_or(0);
  if (!interval_of(time))
    module.error(interval.value_span, "`--rateest-interval` must not be longer than 8 s, got `" + interval.text + '`');
  else if (!ewma_of(parse_time(ewma.text).value_or(0), time))
    module.error(ewma.value_span,
                 "`--rateest-ewmalog` must be longer than the interval, but not too much, got `" + ewma.text + '`');
}

ir::SampleRate sample_of(const ModuleInput& module) {
  const std::uint32_t interval = parse_time(module.find("rateest-interval")->text).value_or(0);
  const std::uint32_t ewma = parse_time(module.find("rateest-ewmalog")->text).value_or(0);
  return {module.find("rateest-name")->text, interval_of(interval).value_or(0), ewma_of(ewma, interval).value_or(1)};
}

std::string time_text(std::uint64_t time) {
  char text[32];
  const auto value = static_cast<double>(time);
  if (time >= kSecond)
    std::snprintf(text, sizeof text, "%.1fs", value / kSecond);
  else if (time >= kSecond / 1000)
    std::snprintf(text, sizeof text, "%.1fms", value / (kSecond / 1000));
  else
    std::snprintf(text, sizeof text, "%.0fus", value);
  return text;
}

void print(const ModuleInput& module, std::string& out) {
  const ir::SampleRate sample = sample_of(module);
  const std::uint64_t interval = (std::uint64_t{kSecond} << (sample.interval + 2)) / 4;
  out += " --rateest-name " + sample.name + " --rateest-interval " + time_text(interval) + " --rateest-ewmalog " +
         time_text((interval << sample.ewma_log) & 0xffffffff);
}

void lower(const ModuleInput& module, Lowering& out) { out.effect(sample_of(module)); }

}  // namespace

extern const Extension kTargetRateest{
    .name = "RATEEST",
    .kind = ExtensionKind::kTarget,
    .options = kOptions,
    .check = check,
    .print = print,
    .lower = lower,
};

}  // namespace nfproof::compiler
