// SPDX-License-Identifier: Apache-2.0
// Only what every version of nft refuses is an error: a set of protocols says nothing here, and a later test of the
// protocol replaces what an earlier one said.
#include "compiler/frontend/nft/rule_headers.h"

#include <algorithm>
#include <array>

#include "compiler/frontend/nft/fields.h"

namespace nfproof::compiler::nft {
namespace {

struct Transport {
  std::string_view word, number;
};
constexpr std::array<Transport, 9> kTransports = {{{"tcp", "6"},
                                                   {"udp", "17"},
                                                   {"udplite", "136"},
                                                   {"sctp", "132"},
                                                   {"dccp", "33"},
                                                   {"icmp", "1"},
                                                   {"icmpv6", "58"},
                                                   {"igmp", "2"},
                                                   {"esp", "50"}}};
constexpr std::array<std::string_view, 7> kExtensions6 = {"hbh", "frag", "dst", "rt0", "rt2", "srh", "mh"};

/// Empty for protocols whose headers no rule names, or that others follow.
std::string_view transport_of(std::string_view value) {
  if (value == "ipv6-icmp") return "icmpv6";
  for (const Transport& each : kTransports)
    if (value == each.word || value == each.number) return each.word;
  return {};
}

std::string_view family_word(ir::Family family) { return family == ir::Family::kIpv4 ? "ip" : "ip6"; }

}  // namespace

RuleHeaders::RuleHeaders(ir::Family table, source::Diagnostics& diagnostics)
    : table_(table), diagnostics_(diagnostics) {
  if (table != ir::Family::kInet) network_ = table, asks_network_ = true;
}

bool RuleHeaders::take(const Statement& statement) {
  std::vector<const Expr*> open;
  for (auto part = statement.parts.rbegin(); part != statement.parts.rend(); ++part) open.push_back(&*part);
  bool good = true;
  if (statement.kind == Statement::Kind::kPresence) {
    const std::string_view first = statement.words.front().text;
    if (first == "exthdr") good = network_header(ir::Family::kIpv6, first, statement.span);
    if (first == "ip") good = network_header(ir::Family::kIpv4, first, statement.span);
  }
  while (!open.empty()) {
    const Expr& next = *open.back();
    open.pop_back();
    if (next.kind == Expr::Kind::kSet || next.kind == Expr::Kind::kElement) continue;  // values name no fields
    if (next.kind == Expr::Kind::kField) good &= field(next);
    for (auto part = next.parts.rbegin(); part != next.parts.rend(); ++part) open.push_back(&*part);
  }
  if (statement.kind == Statement::Kind::kMatch) learn(statement);
  return good;
}

bool RuleHeaders::field(const Expr& field) {
  if (field.words.size() < 2) {
    asks_transport_ |= !field.words.empty() && field.words[0].text == "l4proto";
    asks_network_ |= !field.words.empty() && field.words[0].text == "nfproto";
    return true;
  }
  const std::string_view first = field.words[0].text, second = field.words[1].text;
  if (first == "meta") {
    asks_transport_ |= second == "l4proto";
    asks_network_ |= second == "nfproto" || second == "protocol";
    return true;
  }
  if (first == "ether") {
    asks_network_ |= second == "type";
    return true;
  }
  if (first == "ip" || first == "ip6") {
    asks_transport_ |= second == "protocol" || second == "nexthdr";
    return network_header(first == "ip" ? ir::Family::kIpv4 : ir::Family::kIpv6, first, field.span);
  }
  if (std::find(kExtensions6.begin(), kExtensions6.end(), first) != kExtensions6.end())
    return network_header(ir::Family::kIpv6, first, field.span);
  asks_network_ |= first == "icmp" || first == "icmpv6" || first == "igmp";
  // Where the family is known, nft does not compare it with theirs.
  if (!network_ && first == "icmp") network_ = ir::Family::kIpv4;
  if (!network_ && first == "icmpv6") network_ = ir::Family::kIpv6;
  asks_transport_ |= first == "th" || first == "ah" || first == "comp" || first == "gre";
  const bool option = second == "option" || second == "chunk";  // nft takes those behind any other header
  return option || transport_of(first) != first || transport_header(first, field.span);
}

bool RuleHeaders::network_header(ir::Family family, std::string_view word, const source::Span& span) {
  asks_network_ = true;
  if (network_ && *network_ != family) {
    const std::string other(family_word(*network_));
    diagnostics_.error("bad-nft", span,
                       table_ == ir::Family::kInet
                           ? "no packet has both headers: `" + std::string(word) + "` behind a test of `" + other + '`'
                           : "the packets of a table of `" + other + "` have no `" + std::string(word) + "` header");
    return false;
  }
  network_ = family;
  return true;
}

bool RuleHeaders::transport_header(std::string_view word, const source::Span& span) {
  asks_transport_ = true;
  if (!transport_.empty() && transport_ != word) {
    diagnostics_.error(
        "bad-nft", span,
        "no packet has both headers: `" + std::string(word) + "` behind a test of `" + std::string(transport_) + '`');
    return false;
  }
  transport_ = word;
  return true;
}

void RuleHeaders::learn(const Statement& statement) {
  const bool equal = statement.text.empty() || statement.text == "==";
  if (statement.parts.size() != 2 || statement.parts[0].kind != Expr::Kind::kField) return;
  const std::string path = field_path(statement.parts[0], table_);
  const Expr& value = statement.parts[1];
  const std::string_view word = equal && value.kind == Expr::Kind::kWord ? value.text : std::string_view();
  if (path == "meta l4proto" || path == "ip protocol" || path == "ip6 nexthdr") {
    if (equal) transport_ = transport_of(word);
  } else if (table_ == ir::Family::kInet && (path == "meta nfproto" || path == "ether type") && equal) {
    network_.reset();
    if (word == "ipv4" || word == "ip") network_ = ir::Family::kIpv4;
    if (word == "ipv6" || word == "ip6") network_ = ir::Family::kIpv6;
  }
}

std::string_view data_type_of(std::string_view path) {
  struct Row {
    std::string_view path, type;
  };
  static constexpr auto kRows = std::to_array<Row>({{"ip saddr", "ipv4_addr"},      {"ip daddr", "ipv4_addr"},
                                                    {"ip6 saddr", "ipv6_addr"},     {"ip6 daddr", "ipv6_addr"},
                                                    {"tcp sport", "inet_service"},  {"tcp dport", "inet_service"},
                                                    {"udp sport", "inet_service"},  {"udp dport", "inet_service"},
                                                    {"sctp sport", "inet_service"}, {"sctp dport", "inet_service"},
                                                    {"th sport", "inet_service"},   {"th dport", "inet_service"},
                                                    {"meta l4proto", "inet_proto"}, {"ip protocol", "inet_proto"},
                                                    {"meta mark", "mark"},          {"ct mark", "mark"},
                                                    {"iifname", "ifname"},          {"oifname", "ifname"},
                                                    {"meta iifname", "ifname"},     {"meta oifname", "ifname"},
                                                    {"ether saddr", "ether_addr"},  {"ether daddr", "ether_addr"}});
  for (const Row& row : kRows)
    if (row.path == path || row.type == path) return row.type;
  return {};
}

bool may_be_same_types(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const std::string_view one = data_type_of(a[i]), other = data_type_of(b[i]);
    if (!one.empty() && !other.empty() && one != other) return false;
  }
  return true;
}

std::string_view data_type_of(const Expr& field, ir::Family table) {
  const Expr* at = &field;
  while (at->kind == Expr::Kind::kOperator) at = &at->parts[0];
  return at->kind == Expr::Kind::kField && !at->words.empty() ? data_type_of(field_path(*at, table))
                                                              : std::string_view();
}

}  // namespace nfproof::compiler::nft
