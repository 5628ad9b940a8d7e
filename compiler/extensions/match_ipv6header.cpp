// SPDX-License-Identifier: Apache-2.0
// -m ipv6header: which headers an IPv6 packet has (net/ipv6/netfilter/ip6t_ipv6header.c).
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

/// Bits MASK_* of linux/netfilter_ipv6/ip6t_ipv6header.h, in the order of `kHeaders`.
std::uint8_t wanted_headers(std::string_view text) {
  std::uint8_t bits = 0;
  for (const std::string_view part : split(text, ','))
    if (const Header* header = find_header(part)) bits = static_cast<std::uint8_t>(bits | 0x80U >> (header - kHeaders));
  return bits;
}

void lower(const ModuleInput& module, Lowering& out) {
  const OptionUse& use = *module.find("header");
  const std::uint8_t wanted = wanted_headers(use.text);
  if (!module.has("soft"))
    return out.when_looked_up(field_test(ir::FieldId::kIp6Headers, ir::ValueSet::of_value(wanted)), use.negated);
  const std::uint8_t value = use.negated ? std::uint8_t{0} : wanted;
  out.when(field_test(ir::FieldId::kIp6Headers, ir::ValueSet::of_masks({{value, wanted}})));
}

}  // namespace

extern const Extension kMatchIpv6header{
    .name = "ipv6header",
    .kind = ExtensionKind::kMatch,
    .families = Families::kIpv6,
    .options = kOptions,
    .check = check,
    .print = print,
    .lower = lower,
};

}  // namespace nfproof::compiler
