// SPDX-License-Identifier: Apache-2.0
// -m ipv6header: which headers an IPv6 packet has (net/ipv6/netfilter/ip6t_ipv6header.c). Known, without meaning here.
#include "compiler/extensions/common.h"
#include "compiler/extensions/values.h"

namespace nfproof::compiler {
namespace {

struct Header {
  std::string_view name;
  std::string_view short_name;
  std::uint8_t protocol;
};
/// In the order in which they are printed. Number 59 is "no next header", 255 any upper protocol.
constexpr Header kHeaders[] = {{"hop-by-hop", "hop", 0},   {"ipv6-opts", "dst", 60}, {"ipv6-route", "route", 43},
                               {"ipv6-frag", "frag", 44},  {"ah", "auth", 51},       {"esp", "esp", 50},
                               {"ipv6-nonxt", "none", 59}, {"protocol", "prot", 255}};

const Header* find_header(std::string_view text) {
  const auto number = parse_number(text);
  for (const Header& header : kHeaders)
    if (equal_ignoring_case(header.name, text) || equal_ignoring_case(header.short_name, text) ||
        (number && *number == header.protocol))
      return &header;
  return nullptr;
}

constexpr OptionRow kOptions[] = {
    {.name = "header", .type = ValueType::kText, .negatable = true, .required = true},
    {.name = "soft"},
};

void check(const ModuleInput& module) {
  const OptionUse& use = *module.find("header");
  for (const std::string_view part : split(use.text, ','))
    if (find_header(part) == nullptr)
      module.error(use.value_span,
                   "`--header` expects a comma list of headers such as `hop-by-hop`, `ipv6-frag` or `protocol`, got `" +
                       std::string(part) + '`');
}

void print(const ModuleInput& module, std::string& out) {
  const OptionUse& use = *module.find("header");
  std::string list;
  for (const Header& header : kHeaders) {
    for (const std::string_view part : split(use.text, ',')) {
      if (find_header(part) != &header) continue;
      list += (list.empty() ? "" : ",") + std::string(header.name);
      break;
    }
  }
  append_option(out, use, list);
  if (module.has("soft")) out += " --soft";
}

}  // namespace

extern const Extension kMatchIpv6header{
    .name = "ipv6header",
    .kind = ExtensionKind::kMatch,
    .families = Families::kIpv6,
    .options = kOptions,
    .check = check,
    .print = print,
};

}  // namespace nfproof::compiler
