// SPDX-License-Identifier: Apache-2.0
// Names of fields: see fields.h.
#include "compiler/frontend/nft/fields.h"

#include <array>

#include "compiler/frontend/nft/duration.h"
#include "compiler/ir/address.h"

namespace nfproof::compiler::nft {
namespace {

using ir::FieldId;
using ir::FieldKind;

struct Respelling {
  std::string_view from;
  std::string_view to;
};
constexpr std::array kRespellings = std::to_array<Respelling>({{"meta iifname", "iifname"},
                                                               {"meta oifname", "oifname"},
                                                               {"meta iif", "iif"},
                                                               {"meta oif", "oif"},
                                                               {"meta iifgroup", "iifgroup"},
                                                               {"meta oifgroup", "oifgroup"},
                                                               {"mark", "meta mark"},
                                                               {"l4proto", "meta l4proto"},
                                                               {"nfproto", "meta nfproto"},
                                                               {"pkttype", "meta pkttype"},
                                                               {"cpu", "meta cpu"},
                                                               {"skuid", "meta skuid"},
                                                               {"skgid", "meta skgid"},
                                                               {"cgroup", "meta cgroup"},
                                                               {"rtclassid", "rt classid"},
                                                               {"meta rtclassid", "rt classid"},
                                                               {"iiftype", "meta iiftype"},
                                                               {"oiftype", "meta oiftype"},
                                                               {"nftrace", "meta nftrace"},
                                                               {"time", "meta time"},
                                                               {"hour", "meta hour"},
                                                               {"day", "meta day"},
                                                               {"ibrname", "meta ibrname"},
                                                               {"obrname", "meta obrname"},
                                                               {"ct l3proto", "ct l3proto"},
                                                               {"ct original protocol", "ct protocol"},
                                                               {"ct reply protocol", "ct protocol"}});

struct OpaqueRow {
  std::string_view prefix;
  std::string_view module;
};
constexpr std::array kOpaque = std::to_array<OpaqueRow>({{"meta skuid", "owner"},
                                                         {"meta skgid", "owner"},
                                                         {"meta cgroup", "cgroup"},
                                                         {"meta secpath", "policy"},
                                                         {"meta iiftype", "iiftype"},
                                                         {"meta oiftype", "oiftype"},
                                                         {"meta iifkind", "iifkind"},
                                                         {"meta oifkind", "oifkind"},
                                                         {"meta random", "random"},
                                                         {"meta ibrname", "physdev"},
                                                         {"meta obrname", "physdev"},
                                                         {"meta time", "time"},
                                                         {"meta hour", "time"},
                                                         {"meta day", "time"},
                                                         {"meta priority", "priority"},
                                                         {"socket ", "socket"},
                                                         {"osf ", "osf"},
                                                         {"ipsec ", "policy"},
                                                         {"rt nexthop", "rt"},
                                                         {"rt ip nexthop", "rt"},
                                                         {"rt ip6 nexthop", "rt"},
                                                         {"rt mtu", "rt"},
                                                         {"rt ipsec", "policy"},
                                                         {"ct zone", "zone"},
                                                         {"ct original zone", "zone"},
                                                         {"ct reply zone", "zone"},
                                                         {"ct id", "ct"},
                                                         {"ct l3proto", "ct"},
                                                         {"ct label", "connlabel"},
                                                         {"ether daddr", "ether"},
                                                         {"ip option ", "ipv4options"},
                                                         {"tcp option ", "tcp"},
                                                         {"jhash", "hash"},
                                                         {"symhash", "hash"},
                                                         {"numgen", "statistic"},
                                                         {"meta sdif", "sdif"}});

/// Parts of headers that only nftables looks at, by their beginning, and the header that they are in.
struct HeaderRow {
  std::string_view prefix;
  std::optional<ir::Family> family;
  std::optional<std::uint8_t> protocol;
};
constexpr std::uint8_t kProtoIgmp = 2;
constexpr std::uint8_t kProtoGre = 47;
const std::array kHeaders = std::to_array<HeaderRow>({
    {"tcp reserved", {}, ir::kProtoTcp},
    {"udplite csumcov", {}, ir::kProtoUdplite},
    {"udplite checksum", {}, ir::kProtoUdplite},
    {"sctp vtag", {}, ir::kProtoSctp},
    {"sctp checksum", {}, ir::kProtoSctp},
    {"sctp chunk ", {}, ir::kProtoSctp},
    {"ah nexthdr", {}, ir::kProtoAh},
    {"ah hdrlength", {}, ir::kProtoAh},
    {"ah sequence", {}, ir::kProtoAh},
    {"esp sequence", {}, ir::kProtoEsp},
    {"comp nexthdr", {}, ir::kProtoIpcomp},
    {"comp flags", {}, ir::kProtoIpcomp},
    {"icmpv6 mtu", ir::Family::kIpv6, ir::kProtoIcmp6},
    {"icmpv6 id", ir::Family::kIpv6, ir::kProtoIcmp6},
    {"icmpv6 sequence", ir::Family::kIpv6, ir::kProtoIcmp6},
    {"icmpv6 max-delay", ir::Family::kIpv6, ir::kProtoIcmp6},
    {"icmpv6 checksum", ir::Family::kIpv6, ir::kProtoIcmp6},
    {"icmpv6 parameter-problem", ir::Family::kIpv6, ir::kProtoIcmp6},
    {"igmp type", ir::Family::kIpv4, kProtoIgmp},
    {"igmp mrt", ir::Family::kIpv4, kProtoIgmp},
    {"igmp checksum", ir::Family::kIpv4, kProtoIgmp},
    {"igmp group", ir::Family::kIpv4, kProtoIgmp},
    {"gre ", {}, kProtoGre},
    {"vlan id", {}, {}},
    {"vlan pcp", {}, {}},
    {"vlan dei", {}, {}},
    {"vlan cfi", {}, {}},
    {"vlan type", {}, {}},
    {"frag nexthdr", ir::Family::kIpv6, {}},
    {"frag reserved", ir::Family::kIpv6, {}},
    {"rt nexthdr", ir::Family::kIpv6, {}},
    {"rt hdrlength", ir::Family::kIpv6, {}},
    {"rt0 addr", ir::Family::kIpv6, {}},
    {"rt2 addr", ir::Family::kIpv6, {}},
    {"srh ", ir::Family::kIpv6, {}},
    {"hbh nexthdr", ir::Family::kIpv6, {}},
    {"hbh hdrlength", ir::Family::kIpv6, {}},
    {"dst nexthdr", ir::Family::kIpv6, {}},
    {"dst hdrlength", ir::Family::kIpv6, {}},
    {"mh nexthdr", ir::Family::kIpv6, {}},
    {"mh hdrlength", ir::Family::kIpv6, {}},
    {"mh checksum", ir::Family::kIpv6, {}},
});

/// Rows of the field table that packet expressions do not have, and names beside the table's own.
struct FieldRow {
  std::string_view path;
  ExpressionField field;
};
const std::array<FieldRow, 14> kFields = {{
    {"ip frag-off", {FieldId::kIpFragOffset, FieldKind::kHex, 0, 13, 0, {}}},
    {"udp length", {}},
    {"dccp type", {FieldId::kDccpType, FieldKind::kNumber, 0, 4, 0, {}}},
    {"esp spi", {FieldId::kEspSpi, FieldKind::kNumber, 0, 32, 0, {}}},
    {"ah spi", {FieldId::kAhSpi, FieldKind::kNumber, 0, 32, 0, {}}},
    {"comp cpi", {FieldId::kCompCpi, FieldKind::kNumber, 0, 16, 0, {}}},
    {"mh type", {FieldId::kMhType, FieldKind::kNumber, 0, 8, 0, {}}},
    {"rt type", {FieldId::kRtType, FieldKind::kNumber, 0, 8, 0, {}}},
    {"rt seg-left", {FieldId::kRtSegmentsLeft, FieldKind::kNumber, 0, 8, 0, {}}},
    {"frag id", {FieldId::kFragId, FieldKind::kNumber, 0, 32, 0, {}}},
    {"frag frag-off", {FieldId::kFragOffset, FieldKind::kNumber, 0, 13, 0, {}}},
    {"frag more-fragments", {FieldId::kFragMore, FieldKind::kNumber, 0, 1, 0, {}}},
    {"meta cpu", {FieldId::kCpu, FieldKind::kNumber, 0, 32, 0, {}}},
    {"rt classid", {FieldId::kRealm, FieldKind::kNumber, 0, 32, 0, {}}},
}};

std::optional<ExpressionField> of_table(std::string_view path) {
  for (const FieldRow& row : kFields)
    if (row.path == path && row.field.bits != 0) return row.field;
  if (path == "iifgroup") return ExpressionField{FieldId::kIifGroup, FieldKind::kNumber, 0, 32, 0, {}};
  if (path == "oifgroup") return ExpressionField{FieldId::kOifGroup, FieldKind::kNumber, 0, 32, 0, {}};
  if (path == "ah reserved") return ExpressionField{FieldId::kAhReserved, FieldKind::kHex, 0, 16, 0, {}};
  return find_expression_field(path);
}

/// Of tests of the parts of the header, nftables first makes sure of the protocol. So do the fields of the core.
Conjunction before(FieldId field) {
  if (field == FieldId::kTcpMss) return {protocol_test(ir::kProtoTcp)};
  return {};
}

}  // namespace

std::string field_path(const Expr& field, ir::Family family) {
  std::string path;
  for (const Token& word : field.words) {
    if (word.kind == TokenKind::kMark) {
      path += word.text == "." ? " ." : std::string(word.text);
      continue;
    }
    if (!path.empty()) path += ' ';
    path += word.text;
  }
  for (const Respelling& row : kRespellings)
    if (row.from == path) return std::string(row.to);
  for (const std::string_view side : {"ct original ", "ct reply "})
    for (const std::string_view end : {"saddr", "daddr"})
      if (path == std::string(side) + std::string(end) && family != ir::Family::kInet)
        return std::string(side) + (family == ir::Family::kIpv4 ? "ip " : "ip6 ") + std::string(end);
  return path;
}

std::string_view opaque_module(std::string_view path) {
  for (const OpaqueRow& row : kOpaque)
    if (path.starts_with(row.prefix)) return row.module;
  return {};
}

std::string number_of_name(std::string_view path, std::string_view word) {
  if (path == "ip saddr" || path == "ip daddr") {  // one number stands for all four
    const auto number = read_plain_number(word);
    if (number && *number <= 0xffffffff) return ir::format_address(*number, ir::Family::kIpv4);
  }
  struct Row {
    std::string_view path;
    std::string_view name;
    unsigned number;
  };
  static constexpr auto kRows = std::to_array<Row>({{"iifgroup", "default", 0},
                                                    {"oifgroup", "default", 0},
                                                    {"dccp type", "request", 0},
                                                    {"dccp type", "response", 1},
                                                    {"dccp type", "data", 2},
                                                    {"dccp type", "ack", 3},
                                                    {"dccp type", "dataack", 4},
                                                    {"dccp type", "closereq", 5},
                                                    {"dccp type", "close", 6},
                                                    {"dccp type", "reset", 7},
                                                    {"dccp type", "sync", 8},
                                                    {"dccp type", "syncack", 9},
                                                    {"mh type", "binding-refresh-request", 0},
                                                    {"mh type", "home-test-init", 1},
                                                    {"mh type", "careof-test-init", 2},
                                                    {"mh type", "home-test", 3},
                                                    {"mh type", "careof-test", 4},
                                                    {"mh type", "binding-update", 5},
                                                    {"mh type", "binding-acknowledgement", 6},
                                                    {"mh type", "binding-error", 7},
                                                    {"mh type", "fast-binding-update", 8},
                                                    {"mh type", "fast-binding-acknowledgement", 9},
                                                    {"mh type", "fast-binding-advertisement", 10},
                                                    {"mh type", "experimental-mobility-header", 11},
                                                    {"mh type", "home-agent-switch-message", 12},
                                                    {"icmpv6 type", "mld-listener-reduction", 132}});
  for (const Row& row : kRows)
    if (row.path == path && row.name == word) return std::to_string(row.number);
  return std::string(word);
}

std::optional<Conjunction> opaque_header(std::string_view path) {
  for (const HeaderRow& row : kHeaders) {
    if (!path.starts_with(row.prefix)) continue;
    Conjunction tests;
    if (row.family) tests.push_back(family_test(*row.family));
    if (row.protocol) tests.push_back(protocol_test(*row.protocol));
    return tests;
  }
  return std::nullopt;
}

std::optional<NamedField> find_nft_field(std::string_view path) {
  const auto found = of_table(path);
  if (!found || found->bits == 0) {
    if (found && found->kind == FieldKind::kInterface) return NamedField{*found, {}};
    return std::nullopt;
  }
  return NamedField{*found, before(found->field)};
}

}  // namespace nfproof::compiler::nft
