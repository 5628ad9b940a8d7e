// SPDX-License-Identifier: Apache-2.0
// Lists of IPv6 header options: see ip6_options.h.
#include "compiler/extensions/ip6_options.h"

#include <algorithm>

#include "compiler/extensions/common.h"
#include "compiler/extensions/values.h"

namespace nfproof::compiler {
namespace {

constexpr std::size_t kMaxOptions = 16;

bool is_byte(std::string_view text) {
  const auto number = parse_number(text);
  return number && *number <= 255;
}

std::string list_text(std::string_view list) {
  std::string out;
  for (const std::string_view part : split(list, ',')) {
    const std::size_t colon = part.find(':');
    if (!out.empty()) out += ',';
    out += std::to_string(parse_number(part.substr(0, colon)).value_or(0));
    if (colon != std::string_view::npos) out += ':' + std::to_string(parse_number(part.substr(colon + 1)).value_or(0));
  }
  return out;
}

}  // namespace

void check_ip6_options(const ModuleInput& module, std::string_view list) {
  const OptionUse* use = module.find(list);
  if (use == nullptr) return;
  const auto parts = split(use->text, ',');
  const bool good = std::all_of(parts.begin(), parts.end(), [](std::string_view part) {
    const std::size_t colon = part.find(':');
    return is_byte(part.substr(0, colon)) && (colon == std::string_view::npos || is_byte(part.substr(colon + 1)));
  });
  if (!good || parts.size() > kMaxOptions)
    module.error(use->value_span, "`--" + std::string(list) +
                                      "` expects at most 16 options `TYPE` or `TYPE:LENGTH`, got `" + use->text + '`');
}

void print_ip6_options(const ModuleInput& module, std::string_view length, std::string_view list, std::string& out) {
  if (const OptionUse* use = module.find(length)) append_option(out, *use, std::to_string(number_of(*use)));
  if (const OptionUse* use = module.find(list)) append_option(out, *use, list_text(use->text));
}

void lower_ip6_options(const ModuleInput& module, std::string_view list, bool destination, Lowering& out) {
  const OptionUse* use = module.find(list);
  if (use == nullptr) return;
  ir::Ip6OptionList test;
  test.destination = destination;
  for (const std::string_view part : split(use->text, ',')) {
    const std::size_t colon = part.find(':');
    ir::Ip6OptionList::Option& option = test.options.emplace_back();
    option.type = static_cast<std::uint8_t>(parse_number(part.substr(0, colon)).value_or(0));
    if (colon == std::string_view::npos) continue;
    const auto length = static_cast<std::uint16_t>(parse_number(part.substr(colon + 1)).value_or(0));
    if (length != 255) option.length = length;  // the kernel takes 255 for any
  }
  out.when(std::move(test));
}

}  // namespace nfproof::compiler
