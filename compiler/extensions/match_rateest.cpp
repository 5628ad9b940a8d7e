// SPDX-License-Identifier: Apache-2.0
// -m rateest: compares rates that RATEEST measures (net/netfilter/xt_rateest.c). `--rateest-bps` and `--rateest-pps`
// are short for the second rate. With one estimator its rate is compared with the rate given; with two, one with the
// other;
// `--rateest-delta` takes the first given rate off first.
#include <charconv>
#include <cstdio>
#include <optional>

#include "compiler/extensions/common.h"
#include "compiler/extensions/values.h"

namespace nfproof::compiler {
namespace {

constexpr OptionRow kOptions[] = {
    {.name = "rateest1", .type = ValueType::kText, .required = true, .max = 15},
    {.name = "rateest2", .type = ValueType::kText, .max = 15},
    {.name = "rateest-delta"},
    {.name = "rateest-bps1", .type = ValueType::kOptionalText},
    {.name = "rateest-pps1", .type = ValueType::kOptionalText},
    {.name = "rateest-bps2", .type = ValueType::kOptionalText},
    {.name = "rateest-pps2", .type = ValueType::kOptionalText},
    {.name = "rateest-lt", .negatable = true},
    {.name = "rateest-gt", .negatable = true},
    {.name = "rateest-eq", .negatable = true},
    {.name = "rateest", .alias_of = "rateest1"},
    {.name = "rateest-bps", .alias_of = "rateest-bps2"},
    {.name = "rateest-pps", .alias_of = "rateest-pps2"},
};

struct Unit {
  std::string_view name;
  double bits;
};
constexpr double kKi = 1024;
/// Of tc(8).
constexpr Unit kUnits[] = {{"", 1},
                           {"bit", 1},
                           {"Kibit", kKi},
                           {"kbit", 1e3},
                           {"Mibit", kKi* kKi},
                           {"mbit", 1e6},
                           {"Gibit", kKi* kKi* kKi},
                           {"gbit", 1e9},
                           {"Tibit", kKi* kKi* kKi* kKi},
                           {"tbit", 1e12},
                           {"Bps", 8},
                           {"KiBps", 8 * kKi},
                           {"KBps", 8e3},
                           {"MiBps", 8 * kKi* kKi},
                           {"MBps", 8e6},
                           {"GiBps", 8 * kKi* kKi* kKi},
                           {"GBps", 8e9},
                           {"TiBps", 8 * kKi* kKi* kKi* kKi},
                           {"TBps", 8e12}};

/// In bytes per second. The tool divides a bare number by 8 too, although it calls it bytes.
std::optional<std::uint32_t> parse_rate(std::string_view text) {
  double number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed != std::errc{}) return std::nullopt;
  const std::string_view name = text.substr(static_cast<std::size_t>(end - text.data()));
  for (const Unit& unit : kUnits) {
    if (!equal_ignoring_case(unit.name, name)) continue;
    const double bytes = number * unit.bits / 8;
    if (!(bytes >= 0) || bytes > 4294967295.0) return std::nullopt;
    return static_cast<std::uint32_t>(bytes);
  }
  return std::nullopt;
}

std::optional<std::uint32_t> parse_packets(std::string_view text) {
  const auto number = parse_number(text);
  if (!number || *number > 0xffffffff) return std::nullopt;
  return static_cast<std::uint32_t>(*number);
}

void check(const ModuleInput& module) {
  if (!exactly_one(module, {"rateest-lt", "rateest-gt", "rateest-eq"})) return;
  if (!at_least_one(module, {"rateest-bps1", "rateest-bps2", "rateest-pps1", "rateest-pps2"})) return;
  // The tool prints the comparison once for each, and does not read that back.
  for (const std::string_view bits : {"rateest-bps1", "rateest-bps2"})
    for (const std::string_view packets : {"rateest-pps1", "rateest-pps2"})
      if (!at_most_one(module, {bits, packets})) return;
  for (const std::string_view option : {"rateest-bps1", "rateest-bps2"})
    if (const OptionUse* use = module.find(option); use != nullptr && !use->text.empty() && !parse_rate(use->text))
      module.error(use->value_span,
                   "`--" + std::string(option) + "` expects a rate such as `8kbit`, got `" + use->text + '`');
  for (const std::string_view option : {"rateest-pps1", "rateest-pps2"})
    if (const OptionUse* use = module.find(option); use != nullptr && !use->text.empty() && !parse_packets(use->text))
      module.error(use->value_span, "`--" + std::string(option) + "` expects a number, got `" + use->text + '`');
}

ir::RateTest test_of(const ModuleInput& module) {
  using Mode = ir::RateTest::Mode;
  ir::RateTest test;
  for (const std::string_view option : {"rateest1", "rateest2"})
    if (const OptionUse* use = module.find(option)) test.estimators.push_back(use->text);
  test.delta = module.has("rateest-delta");
  const auto mode = [&](std::string_view option, Mode value) {
    if (const OptionUse* use = module.find(option)) test.mode = value, test.negated = use->negated;
  };
  mode("rateest-lt", Mode::kLess);
  mode("rateest-eq", Mode::kEqual);
  mode("rateest-gt", Mode::kGreater);
  for (std::size_t i = 0; i < 2; ++i) {
    const std::string number = std::to_string(i + 1);
    if (const OptionUse* use = module.find("rateest-bps" + number))
      test.bits = true, test.bytes_per_second[i] = parse_rate(use->text).value_or(0);
    if (const OptionUse* use = module.find("rateest-pps" + number))
      test.packets = true, test.packets_per_second[i] = parse_packets(use->text).value_or(0);
  }
  // What is not compared is not kept: the first rate without `--rateest-delta`, the second one between two estimators.
  const bool second = test.delta || test.estimators.size() < 2;
  if (!test.delta) test.bytes_per_second[0] = test.packets_per_second[0] = 0;
  if (!second) test.bytes_per_second[1] = test.packets_per_second[1] = 0;
  return test;
}

std::string bits_text(std::uint32_t bytes) {
  const double bits = bytes * 8.0;
  char text[32];
  if (bits >= 1e9)
    std::snprintf(text, sizeof text, "%.0fMbit", bits / 1e6);
  else if (bits >= 1e6)
    std::snprintf(text, sizeof text, "%.0fKbit", bits / 1e3);
  else
    std::snprintf(text, sizeof text, "%.0fbit", bits);
  return text;
}

std::string mode_text(const ir::RateTest& test) {
  constexpr std::string_view kModes[] = {"lt", "eq", "gt"};
  return std::string(test.negated ? " ! --rateest-" : " --rateest-") +
         std::string(kModes[static_cast<std::size_t>(test.mode)]);
}

void print_rates(const ir::RateTest& test, const std::string& name, const std::string& first, const std::string& second,
                 std::string& out) {
  if (test.delta)
    out += " --rateest-" + name + "1 " + first + mode_text(test) + " --rateest-" + name + '2';
  else
    out += mode_text(test) + " --rateest-" + name;
  if (test.delta || test.estimators.size() < 2) out += ' ' + second;
}

void print(const ModuleInput& module, std::string& out) {
  const ir::RateTest test = test_of(module);
  const bool both = test.estimators.size() == 2;
  if (test.delta) out += " --rateest-delta";
  out += (both ? " --rateest1 " : " --rateest ") + test.estimators[0];
  if (test.bits)
    print_rates(test, "bps", bits_text(test.bytes_per_second[0]), bits_text(test.bytes_per_second[1]), out);
  if (test.packets)
    print_rates(test, "pps", std::to_string(test.packets_per_second[0]), std::to_string(test.packets_per_second[1]),
                out);
  if (both) out += " --rateest2 " + test.estimators[1];
}

void lower(const ModuleInput& module, Lowering& out) { out.when(test_of(module)); }

}  // namespace

extern const Extension kMatchRateest{
    .name = "rateest",
    .kind = ExtensionKind::kMatch,
    .options = kOptions,
    .check = check,
    .print = print,
    .lower = lower,
};

}  // namespace nfproof::compiler
