// SPDX-License-Identifier: Apache-2.0
// -m icmp: type and code of an ICMP message (icmp_match in net/ipv4/netfilter/ip_tables.c). Type 255 stands for any
// type, whatever the code; `! --icmp-type any` matches nothing.
#include "compiler/extensions/common.h"
#include "compiler/extensions/icmp_types.h"
#include "compiler/extensions/names.h"

namespace nfproof::compiler {
namespace {

constexpr std::uint8_t kAnyType = 255;

constexpr OptionRow kOptions[] = {
    {.name = "icmp-type", .type = ValueType::kText, .negatable = true, .required = true},
};

constexpr IcmpName kNames[] = {
    {"any", {255}},
    {"echo-reply", {0}},
    {"pong", {0}},
    {"destination-unreachable", {3}},
    {"network-unreachable", {3, 0, 0}},
    {"host-unreachable", {3, 1, 1}},
    {"protocol-unreachable", {3, 2, 2}},
    {"port-unreachable", {3, 3, 3}},
    {"fragmentation-needed", {3, 4, 4}},
    {"source-route-failed", {3, 5, 5}},
    {"network-unknown", {3, 6, 6}},
    {"host-unknown", {3, 7, 7}},
    {"network-prohibited", {3, 9, 9}},
    {"host-prohibited", {3, 10, 10}},
    {"TOS-network-unreachable", {3, 11, 11}},
    {"TOS-host-unreachable", {3, 12, 12}},
    {"communication-prohibited", {3, 13, 13}},
    {"host-precedence-violation", {3, 14, 14}},
    {"precedence-cutoff", {3, 15, 15}},
    {"source-quench", {4}},
    {"redirect", {5}},
    {"network-redirect", {5, 0, 0}},
    {"host-redirect", {5, 1, 1}},
    {"TOS-network-redirect", {5, 2, 2}},
    {"TOS-host-redirect", {5, 3, 3}},
    {"echo-request", {8}},
    {"ping", {8}},
    {"router-advertisement", {9}},
    {"router-solicitation", {10}},
    {"time-exceeded", {11}},
    {"ttl-exceeded", {11}},
    {"ttl-zero-during-transit", {11, 0, 0}},
    {"ttl-zero-during-reassembly", {11, 1, 1}},
    {"parameter-problem", {12}},
    {"ip-header-bad", {12, 0, 0}},
    {"required-option-missing", {12, 1, 1}},
    {"timestamp-request", {13}},
    {"timestamp-reply", {14}},
    {"address-mask-request", {17}},
    {"address-mask-reply", {18}},
};

IcmpType type_of(const OptionUse& use) {
  const auto parsed = parse_icmp_type(use.text, kNames);
  const auto* type = std::get_if<IcmpType>(&parsed);
  return type == nullptr ? IcmpType{} : *type;
}

void check(const ModuleInput& module) {
  const OptionUse& use = *module.find("icmp-type");
  const auto parsed = parse_icmp_type(use.text, kNames);
  if (const auto* problem = std::get_if<std::string>(&parsed))
    module.error(use.value_span, "`--icmp-type`: " + *problem);
}

void print(const ModuleInput& module, std::string& out) {
  const OptionUse& use = *module.find("icmp-type");
  const IcmpType type = type_of(use);
  const bool any = type.type == kAnyType && type.code_lo == 0 && type.code_hi == 255;
  append_option(out, use, any ? "any" : icmp_type_text(type));
}

void lower(const ModuleInput& module, Lowering& out) {
  const OptionUse& use = *module.find("icmp-type");
  const IcmpType type = type_of(use);
  out.when(field_test(ir::FieldId::kIcmpTypeCode,
                      type.type == kAnyType ? ir::ValueSet::all(16) : icmp_type_values(type), use.negated));
}

}  // namespace

std::span<const IcmpName> icmp_names() { return kNames; }

extern const Extension kMatchIcmp{
    .name = "icmp",
    .kind = ExtensionKind::kMatch,
    .families = Families::kIpv4,
    .options = kOptions,
    .check = check,
    .print = print,
    .lower = lower,
    .protocol = ir::kProtoIcmp,
};

}  // namespace nfproof::compiler
