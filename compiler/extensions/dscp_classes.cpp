// SPDX-License-Identifier: Apache-2.0
// Names of DSCP classes and TOS values: see dscp_classes.h.
#include "compiler/extensions/dscp_classes.h"

#include <array>

#include "compiler/extensions/common.h"
#include "compiler/extensions/values.h"

namespace nfproof::compiler {
namespace {

constexpr std::array<NameValue, 23> kClasses = {
    {{"CS0", 0x00},  {"CS1", 0x08},  {"CS2", 0x10},  {"CS3", 0x18},  {"CS4", 0x20},  {"CS5", 0x28},
     {"CS6", 0x30},  {"CS7", 0x38},  {"BE", 0x00},   {"AF11", 0x0a}, {"AF12", 0x0c}, {"AF13", 0x0e},
     {"AF21", 0x12}, {"AF22", 0x14}, {"AF23", 0x16}, {"AF31", 0x1a}, {"AF32", 0x1c}, {"AF33", 0x1e},
     {"AF41", 0x22}, {"AF42", 0x24}, {"AF43", 0x26}, {"EF", 0x2e},   {"LE", 0x01}}};

constexpr std::array<NameValue, 5> kTosNames = {{{"Minimize-Delay", 0x10},
                                                 {"Maximize-Throughput", 0x08},
                                                 {"Maximize-Reliability", 0x04},
                                                 {"Minimize-Cost", 0x02},
                                                 {"Normal-Service", 0x00}}};
constexpr std::uint8_t kNamedTosMask = 0x3f;

}  // namespace

std::optional<std::uint8_t> dscp_of(const OptionUse& use) {
  if (use.row->type == ValueType::kNumber) return static_cast<std::uint8_t>(number_of(use));
  for (const NameValue& known : kClasses)
    if (equal_ignoring_case(known.name, use.text)) return static_cast<std::uint8_t>(known.value);
  return std::nullopt;
}

void check_dscp(const ModuleInput& module, std::string_view number_option, std::string_view class_option) {
  if (!exactly_one(module, {number_option, class_option})) return;
  const OptionUse& use = module.options.front();
  if (!dscp_of(use))
    module.error(use.value_span, "`--" + std::string(class_option) + "` expects one of " + names_text(kClasses) +
                                     ", got `" + use.text + '`');
}

std::optional<TosMask> parse_tos(std::string_view text) {
  for (const NameValue& known : kTosNames)
    if (equal_ignoring_case(known.name, text)) return TosMask{static_cast<std::uint8_t>(known.value), kNamedTosMask};
  const std::size_t slash = text.find('/');
  const auto value = parse_number(text.substr(0, slash));
  const auto mask = slash == std::string_view::npos ? std::uint64_t{0xff} : parse_number(text.substr(slash + 1));
  if (!value || !mask || *value > 0xff || *mask > 0xff) return std::nullopt;
  return TosMask{static_cast<std::uint8_t>(*value), static_cast<std::uint8_t>(*mask)};
}

void check_tos(const ModuleInput& module, const OptionUse& use) {
  if (parse_tos(use.text)) return;
  module.error(use.value_span, "`--" + std::string(use.row->name) +
                                   "` expects a number up to 0xff, optionally with `/mask`, or one of " +
                                   names_text(kTosNames) + ", got `" + use.text + '`');
}

}  // namespace nfproof::compiler
