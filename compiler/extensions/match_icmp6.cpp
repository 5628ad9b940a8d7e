// SPDX-License-Identifier: Apache-2.0
// -m icmp6: type and code of an ICMPv6 message (icmp6_match in net/ipv6/netfilter/ip6_tables.c). Type 255 is a type
// like any other here.
#include "compiler/extensions/common.h"
#include "compiler/extensions/icmp_types.h"
#include "compiler/extensions/names.h"

namespace nfproof::compiler {
namespace {

constexpr OptionRow kOptions[] = {
    {.name = "icmpv6-type", .type = ValueType::kText, .negatable = true, .required = true},
};

/// The names of the protocol: an option of ICMPv6 without `-m` finds the module by them.
constexpr std::string_view kAliases[] = {"icmpv6", "ipv6-icmp"};

constexpr IcmpName kNames[] = {
    {"destination-unreachable", {1}},
    {"no-route", {1, 0, 0}},
    {"communication-prohibited", {1, 1, 1}},
    {"beyond-scope", {1, 2, 2}},
    {"address-unreachable", {1, 3, 3}},
    {"port-unreachable", {1, 4, 4}},
    {"failed-policy", {1, 5, 5}},
    {"reject-route", {1, 6, 6}},
    {"packet-too-big", {2}},
    {"time-exceeded", {3}},
    {"ttl-exceeded", {3}},
    {"ttl-zero-during-transit", {3, 0, 0}},
    {"ttl-zero-during-reassembly", {3, 1, 1}},
    {"parameter-problem", {4}},
    {"bad-header", {4, 0, 0}},
    {"unknown-header-type", {4, 1, 1}},
    {"unknown-option", {4, 2, 2}},
    {"echo-request", {128}},
    {"ping", {128}},
    {"echo-reply", {129}},
    {"pong", {129}},
    {"mld-listener-query", {130}},
    {"mld-listener-report", {131}},
    {"mld-listener-done", {132}},
    {"mld-listener-reduction", {132}},
    {"router-solicitation", {133}},
    {"router-advertisement", {134}},
    {"neighbour-solicitation", {135}},
    {"neighbor-solicitation", {135}},
    {"neighbour-advertisement", {136}},
    {"neighbor-advertisement", {136}},
    {"redirect", {137}},
};

IcmpType type_of(const OptionUse& use) {
  const auto parsed = parse_icmp_type(use.text, kNames);
  const auto* type = std::get_if<IcmpType>(&parsed);
  return type == nullptr ? IcmpType{} : *type;
}

void check(const ModuleInput& module) {
  const OptionUse& use = *module.find("icmpv6-type");
  const auto parsed = parse_icmp_type(use.text, kNames);
  if (const auto* problem = std::get_if<std::string>(&parsed))
    module.error(use.value_span, "`--icmpv6-type`: " + *problem);
}

void print(const ModuleInput& module, std::string& out) {
  const OptionUse& use = *module.find("icmpv6-type");
  append_option(out, use, icmp_type_text(type_of(use)));
}

void lower(const ModuleInput& module, Lowering& out) {
  const OptionUse& use = *module.find("icmpv6-type");
  out.when(field_test(ir::FieldId::kIcmp6TypeCode, icmp_type_values(type_of(use)), use.negated));
}

}  // namespace

std::span<const IcmpName> icmp6_names() { return kNames; }

extern const Extension kMatchIcmp6{
    .name = "icmp6",
    .kind = ExtensionKind::kMatch,
    .families = Families::kIpv6,
    .options = kOptions,
    .check = check,
    .print = print,
    .lower = lower,
    .aliases = kAliases,
    .protocol = ir::kProtoIcmp6,
};

}  // namespace nfproof::compiler
