// SPDX-License-Identifier: Apache-2.0
// Names and values of fields in packet expressions. Value names are those that `nft describe` lists.
#include "compiler/frontend/expression_field.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "compiler/extensions/values.h"

namespace nfproof::compiler {
namespace {

using ir::Family;
using ir::FieldId;
using ir::FieldKind;
using ir::u128;

struct Name {
  std::string_view name;
  std::uint32_t value;
};

constexpr std::array<Name, 9> kProtocols = {{{"icmp", 1},
                                             {"tcp", 6},
                                             {"udp", 17},
                                             {"dccp", 33},
                                             {"esp", 50},
                                             {"ah", 51},
                                             {"icmpv6", 58},
                                             {"sctp", 132},
                                             {"udplite", 136}}};
constexpr std::array<Name, 5> kPktTypes = {
    {{"host", 0}, {"unicast", 0}, {"broadcast", 1}, {"multicast", 2}, {"other", 3}}};
constexpr std::array<Name, 9> kTcpFlags = {
    {{"fin", 1}, {"syn", 2}, {"rst", 4}, {"psh", 8}, {"ack", 16}, {"urg", 32}, {"ecn", 64}, {"ece", 64}, {"cwr", 128}}};
constexpr std::array<Name, 15> kIcmpTypes = {{{"echo-reply", 0},
                                              {"destination-unreachable", 3},
                                              {"source-quench", 4},
                                              {"redirect", 5},
                                              {"echo-request", 8},
                                              {"router-advertisement", 9},
                                              {"router-solicitation", 10},
                                              {"time-exceeded", 11},
                                              {"parameter-problem", 12},
                                              {"timestamp-request", 13},
                                              {"timestamp-reply", 14},
                                              {"info-request", 15},
                                              {"info-reply", 16},
                                              {"address-mask-request", 17},
                                              {"address-mask-reply", 18}}};
constexpr std::array<Name, 8> kIcmpCodes = {{{"net-unreachable", 0},
                                             {"host-unreachable", 1},
                                             {"prot-unreachable", 2},
                                             {"port-unreachable", 3},
                                             {"frag-needed", 4},
                                             {"net-prohibited", 9},
                                             {"host-prohibited", 10},
                                             {"admin-prohibited", 13}}};
constexpr std::array<Name, 18> kIcmp6Types = {{{"destination-unreachable", 1},
                                               {"packet-too-big", 2},
                                               {"time-exceeded", 3},
                                               {"parameter-problem", 4},
                                               {"echo-request", 128},
                                               {"echo-reply", 129},
                                               {"mld-listener-query", 130},
                                               {"mld-listener-report", 131},
                                               {"mld-listener-done", 132},
                                               {"nd-router-solicit", 133},
                                               {"nd-router-advert", 134},
                                               {"nd-neighbor-solicit", 135},
                                               {"nd-neighbor-advert", 136},
                                               {"nd-redirect", 137},
                                               {"router-renumbering", 138},
                                               {"ind-neighbor-solicit", 141},
                                               {"ind-neighbor-advert", 142},
                                               {"mld2-listener-report", 143}}};
constexpr std::array<Name, 6> kIcmp6Codes = {{{"no-route", 0},
                                              {"admin-prohibited", 1},
                                              {"addr-unreachable", 3},
                                              {"port-unreachable", 4},
                                              {"policy-fail", 5},
                                              {"reject-route", 6}}};
constexpr std::array<Name, 10> kAddrTypes = {{{"unspec", 1U << 0},
                                              {"unicast", 1U << 1},
                                              {"local", 1U << 2},
                                              {"broadcast", 1U << 3},
                                              {"anycast", 1U << 4},
                                              {"multicast", 1U << 5},
                                              {"blackhole", 1U << 6},
                                              {"unreachable", 1U << 7},
                                              {"prohibit", 1U << 8},
                                              {"throw", 1U << 9}}};
constexpr std::array<Name, 5> kCtStates = {
    {{"new", 0}, {"established", 1}, {"related", 2}, {"invalid", 3}, {"untracked", 4}}};
constexpr std::array<Name, 7> kCtStatus = {{{"expected", ir::kIpsExpected},
                                            {"seen-reply", ir::kIpsSeenReply},
                                            {"assured", ir::kIpsAssured},
                                            {"confirmed", ir::kIpsConfirmed},
                                            {"snat", ir::kIpsSrcNat},
                                            {"dnat", ir::kIpsDstNat},
                                            {"dying", 1U << 9}}};
constexpr std::array<Name, 2> kDirections = {{{"original", 0}, {"reply", 1}}};
constexpr std::array<Name, 4> kEcn = {{{"not-ect", 0}, {"ect1", 1}, {"ect0", 2}, {"ce", 3}}};
constexpr std::array<Name, 21> kDscp = {
    {{"cs0", 0},   {"cs1", 8},   {"cs2", 16},  {"cs3", 24},  {"cs4", 32},  {"cs5", 40},  {"cs6", 48},
     {"cs7", 56},  {"af11", 10}, {"af12", 12}, {"af13", 14}, {"af21", 18}, {"af22", 20}, {"af23", 22},
     {"af31", 26}, {"af32", 28}, {"af33", 30}, {"af41", 34}, {"af42", 36}, {"af43", 38}, {"ef", 46}}};

/// Fields under names that are not the field table's own.
struct Alias {
  std::string_view path;
  ExpressionField field;
};
constexpr auto kInput = static_cast<std::uint16_t>(ir::AddrTypeScope::kInputInterface);
constexpr auto kOutput = static_cast<std::uint16_t>(ir::AddrTypeScope::kOutputInterface);
const std::array<Alias, 25> kAliases = {{
    {"icmp type", {FieldId::kIcmpTypeCode, FieldKind::kIcmp4, 8, 8, 0, {}}},
    {"icmp code", {FieldId::kIcmpTypeCode, FieldKind::kIcmp4, 0, 8, 0, {}}},
    {"icmpv6 type", {FieldId::kIcmp6TypeCode, FieldKind::kIcmp6, 8, 8, 0, {}}},
    {"icmpv6 code", {FieldId::kIcmp6TypeCode, FieldKind::kIcmp6, 0, 8, 0, {}}},
    {"ip dscp", {FieldId::kIpTos, FieldKind::kHex, 2, 6, 0, {}}},
    {"ip ecn", {FieldId::kIpTos, FieldKind::kHex, 0, 2, 0, {}}},
    {"ip6 dscp", {FieldId::kIp6Tclass, FieldKind::kHex, 2, 6, 0, {}}},
    {"ip6 ecn", {FieldId::kIp6Tclass, FieldKind::kHex, 0, 2, 0, {}}},
    {"ip protocol", {FieldId::kL4Proto, FieldKind::kProtocol, 0, 8, 0, Family::kIpv4}},
    {"ip frag-off", {FieldId::kIpFragOffset, FieldKind::kNumber, 0, 13, 0, {}}},
    {"frag frag-off", {FieldId::kIp6FragOffset, FieldKind::kNumber, 0, 13, 0, {}}},
    {"ip length", {FieldId::kLength, FieldKind::kNumber, 0, 16, 0, Family::kIpv4}},
    {"iif", {FieldId::kIifname, FieldKind::kInterface, 0, 0, 0, {}}},
    {"oif", {FieldId::kOifname, FieldKind::kInterface, 0, 0, 0, {}}},
    {"meta iif", {FieldId::kIifname, FieldKind::kInterface, 0, 0, 0, {}}},
    {"meta oif", {FieldId::kOifname, FieldKind::kInterface, 0, 0, 0, {}}},
    {"meta iifname", {FieldId::kIifname, FieldKind::kInterface, 0, 0, 0, {}}},
    {"meta oifname", {FieldId::kOifname, FieldKind::kInterface, 0, 0, 0, {}}},
    {"mark", {FieldId::kMark, FieldKind::kMarkBits, 0, 32, 0, {}}},
    {"l4proto", {FieldId::kL4Proto, FieldKind::kProtocol, 0, 8, 0, {}}},
    {"pkttype", {FieldId::kPktType, FieldKind::kPktType, 0, 3, 0, {}}},
    {"fib saddr . iif type", {FieldId::kSaddrType, FieldKind::kAddrType, 0, 12, kInput, {}}},
    {"fib daddr . iif type", {FieldId::kDaddrType, FieldKind::kAddrType, 0, 12, kInput, {}}},
    {"fib saddr . oif type", {FieldId::kSaddrType, FieldKind::kAddrType, 0, 12, kOutput, {}}},
    {"fib daddr . oif type", {FieldId::kDaddrType, FieldKind::kAddrType, 0, 12, kOutput, {}}},
}};

std::span<const Name> names_of(const ExpressionField& field) {
  switch (field.kind) {
    case FieldKind::kProtocol: return kProtocols;
    case FieldKind::kPktType: return kPktTypes;
    case FieldKind::kTcpFlags: return kTcpFlags;
    case FieldKind::kIcmp4: return field.shift == 8 ? std::span<const Name>(kIcmpTypes) : kIcmpCodes;
    case FieldKind::kIcmp6: return field.shift == 8 ? std::span<const Name>(kIcmp6Types) : kIcmp6Codes;
    case FieldKind::kAddrType: return kAddrTypes;
    case FieldKind::kCtState: return kCtStates;
    case FieldKind::kCtStatus: return kCtStatus;
    case FieldKind::kDirection: return kDirections;
    case FieldKind::kHex:
      if (field.bits == 2) return kEcn;
      return field.bits == 6 ? std::span<const Name>(kDscp) : std::span<const Name>();
    case FieldKind::kInterface:
    case FieldKind::kNumber:
    case FieldKind::kMarkBits:
    case FieldKind::kMac:
    case FieldKind::kAddress4:
    case FieldKind::kAddress6:
    case FieldKind::kPort: return {};
  }
  return {};
}

}  // namespace

bool ExpressionField::is_bit_set() const {
  return kind == FieldKind::kTcpFlags || kind == FieldKind::kCtStatus || kind == FieldKind::kAddrType;
}

std::optional<ExpressionField> find_expression_field(std::string_view path) {
  for (const Alias& alias : kAliases)
    if (alias.path == path) return alias.field;
  for (std::size_t i = 0; i < ir::kFieldCount; ++i) {
    const ir::FieldInfo& info = ir::field_info(static_cast<FieldId>(i));
    if (!ir::is_looked_up(info.id) && !info.nft.empty() && info.nft == path)
      return ExpressionField{info.id, info.kind, 0, info.bits, 0, {}};
  }
  return std::nullopt;
}

std::vector<std::string> expression_fields_of(std::string_view header) {
  std::vector<std::string> names;
  const auto add = [&](std::string_view path) {
    if (!path.starts_with(header) || path.size() <= header.size() || path[header.size()] != ' ') return;
    names.emplace_back(path.substr(header.size() + 1));
  };
  for (const Alias& alias : kAliases) add(alias.path);
  for (std::size_t i = 0; i < ir::kHeldFieldCount; ++i) add(ir::field_info(static_cast<FieldId>(i)).nft);
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

std::optional<u128> parse_value(const ExpressionField& field, std::string_view text) {
  if (field.kind == FieldKind::kAddress4) return ir::parse_address(text, Family::kIpv4);
  if (field.kind == FieldKind::kAddress6) return ir::parse_address(text, Family::kIpv6);
  if (field.kind == FieldKind::kMac) return parse_mac(text);
  for (const Name& name : names_of(field))
    if (name.name == text) return name.value;
  if (field.kind == FieldKind::kPort) return parse_port(text);
  if (field.kind == FieldKind::kProtocol) return parse_protocol(text);
  const std::optional<std::uint64_t> number = parse_number(text);
  if (!number || *number > ir::max_of_bits(field.bits)) return std::nullopt;
  return *number;
}

std::string_view describe_values(const ExpressionField& field) {
  switch (field.kind) {
    case FieldKind::kInterface: return "an interface name";
    case FieldKind::kNumber:
    case FieldKind::kHex:
    case FieldKind::kMarkBits: return "a number";
    case FieldKind::kPktType: return "one of `host`, `broadcast`, `multicast`, `other`";
    case FieldKind::kProtocol: return "a protocol such as `tcp`, or its number";
    case FieldKind::kMac: return "a MAC address";
    case FieldKind::kAddress4: return "an IPv4 address";
    case FieldKind::kAddress6: return "an IPv6 address";
    case FieldKind::kPort: return "a port number or service name";
    case FieldKind::kTcpFlags: return "one of `fin`, `syn`, `rst`, `psh`, `ack`, `urg`, `ecn`, `cwr`";
    case FieldKind::kIcmp4:
    case FieldKind::kIcmp6: return "an ICMP name such as `echo-request`, or its number";
    case FieldKind::kAddrType: return "an address type such as `local`, `unicast`, `broadcast`, `multicast`";
    case FieldKind::kCtState: return "one of `new`, `established`, `related`, `invalid`, `untracked`";
    case FieldKind::kCtStatus: return "one of `expected`, `seen-reply`, `assured`, `confirmed`, `snat`, `dnat`";
    case FieldKind::kDirection: return "`original` or `reply`";
  }
  return "a value";
}

}  // namespace nfproof::compiler
