// SPDX-License-Identifier: Apache-2.0
// -m addrtype: what kind of address the source or destination is (net/netfilter/xt_addrtype.c).
//
// In IPv4 an address has one type, and a list is true when it holds that type. In IPv6 MULTICAST, UNICAST and UNSPEC
// must all be true, and of LOCAL, ANYCAST and UNREACHABLE at least one; the other types do not exist there.
#include <optional>
#include <utility>

#include "compiler/extensions/common.h"

namespace nfproof::compiler {
namespace {

using ir::addr_type_bit;
using ir::AddrType;

constexpr OptionRow kOptions[] = {
    {.name = "src-type", .type = ValueType::kText, .negatable = true},
    {.name = "dst-type", .type = ValueType::kText, .negatable = true},
    {.name = "limit-iface-in"},
    {.name = "limit-iface-out"},
};

constexpr NameValue kTypes[] = {
    {"UNSPEC", addr_type_bit(AddrType::kUnspec)},
    {"UNICAST", addr_type_bit(AddrType::kUnicast)},
    {"LOCAL", addr_type_bit(AddrType::kLocal)},
    {"BROADCAST", addr_type_bit(AddrType::kBroadcast)},
    {"ANYCAST", addr_type_bit(AddrType::kAnycast)},
    {"MULTICAST", addr_type_bit(AddrType::kMulticast)},
    {"BLACKHOLE", addr_type_bit(AddrType::kBlackhole)},
    {"UNREACHABLE", addr_type_bit(AddrType::kUnreachable)},
    {"PROHIBIT", addr_type_bit(AddrType::kProhibit)},
    {"THROW", addr_type_bit(AddrType::kThrow)},
    {"NAT", addr_type_bit(AddrType::kNat)},
    {"XRESOLVE", addr_type_bit(AddrType::kXresolve)},
};

constexpr std::uint32_t kAllOf6 =
    addr_type_bit(AddrType::kMulticast) | addr_type_bit(AddrType::kUnicast) | addr_type_bit(AddrType::kUnspec);
constexpr std::uint32_t kAnyOf6 =
    addr_type_bit(AddrType::kLocal) | addr_type_bit(AddrType::kAnycast) | addr_type_bit(AddrType::kUnreachable);

std::optional<std::uint32_t> parse_types(std::string_view text) {
  std::uint32_t bits = 0;
  for (const std::string_view part : split(text, ',')) {
    const auto type = find_by_prefix(kTypes, part);
    if (!type) return std::nullopt;
    bits |= static_cast<std::uint32_t>(*type);
  }
  return bits;
}

void check_types(const ModuleInput& module, const OptionUse& use) {
  const auto bits = parse_types(use.text);
  if (!bits) {
    module.error(use.value_span, "`--" + std::string(use.row->name) + "` expects a comma list of " +
                                     names_text(kTypes) + ", got `" + use.text + '`');
    return;
  }
  if (module.family != ir::Family::kIpv6 || (*bits & ~(kAllOf6 | kAnyOf6)) == 0) return;
  module.error(use.value_span,
               "IPv6 knows only the types `UNSPEC`, `UNICAST`, `LOCAL`, `ANYCAST`, `MULTICAST` and "
               "`UNREACHABLE`, got `" +
                   use.text + '`');
}

void check(const ModuleInput& module) {
  if (!at_least_one(module, {"src-type", "dst-type"})) return;
  if (!at_most_one(module, {"limit-iface-in", "limit-iface-out"})) return;
  for (const std::string_view option : {"src-type", "dst-type"})
    if (const OptionUse* use = module.find(option)) check_types(module, *use);
  refuse_chains(module, "limit-iface-out", {"PREROUTING", "INPUT"});
  refuse_chains(module, "limit-iface-in", {"POSTROUTING", "OUTPUT"});
}

void print(const ModuleInput& module, std::string& out) {
  for (const OptionRow& row : kOptions) {
    const OptionUse* use = module.find(row.name);
    if (use == nullptr) continue;
    append_option(out, *use);
    if (row.type == ValueType::kFlag) continue;
    const std::uint32_t bits = parse_types(use->text).value_or(0);
    char separator = ' ';
    for (const NameValue& type : kTypes) {
      if ((bits & type.value) == 0) continue;
      out += std::exchange(separator, ',');
      out += type.name;
    }
  }
}

/// Sets of types that satisfy the list.
ir::ValueSet type_set(std::uint32_t bits, ir::Family family) {
  ir::ValueSet::Masks masks;
  const std::uint32_t all = family == ir::Family::kIpv6 ? bits & kAllOf6 : 0;
  const std::uint32_t any = bits & ~all;
  for (std::uint32_t bit = 1; bit <= any; bit <<= 1)
    if ((any & bit) != 0) masks.push_back({all | bit, all | bit});
  if (any == 0) masks.push_back({all, all});
  return ir::ValueSet::of_masks(std::move(masks));
}

void lower(const ModuleInput& module, Lowering& out) {
  ir::AddrTypeScope scope = ir::AddrTypeScope::kAnyInterface;
  if (module.has("limit-iface-in")) scope = ir::AddrTypeScope::kInputInterface;
  if (module.has("limit-iface-out")) scope = ir::AddrTypeScope::kOutputInterface;
  const auto test = [&](std::string_view option, ir::FieldId field) {
    const OptionUse* use = module.find(option);
    if (use == nullptr) return;
    out.when(ir::FieldTest{field, static_cast<std::uint16_t>(scope), use->negated,
                           type_set(parse_types(use->text).value_or(0), module.family)});
  };
  test("src-type", ir::FieldId::kSaddrType);
  test("dst-type", ir::FieldId::kDaddrType);
}

}  // namespace

extern const Extension kMatchAddrtype{
    .name = "addrtype",
    .kind = ExtensionKind::kMatch,
    .options = kOptions,
    .check = check,
    .print = print,
    .lower = lower,
};

}  // namespace nfproof::compiler
