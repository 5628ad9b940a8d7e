// SPDX-License-Identifier: Apache-2.0
// Shared JSON values.
#include "report/json.h"

#include <nlohmann/json.hpp>

#include "report/packet_text.h"

namespace nfproof::report {
namespace {

using ir::FieldId;
using ir::Presence;

Json field_json(const ir::Packet& packet, FieldId field) {
  const auto value = packet.get(field);
  if (!value || !ir::is_present(packet, ir::field_info(field).presence)) return nullptr;
  return static_cast<std::uint64_t>(*value);
}

}  // namespace

Json packet_json(const ir::Packet& packet) {
  const bool v4 = packet.family == ir::Family::kIpv4;
  const FieldId icmp = v4 ? FieldId::kIcmpTypeCode : FieldId::kIcmp6TypeCode;
  const Json both = field_json(packet, icmp);
  Json json;
  json["family"] = family_number(packet.family);
  json["in"] = text_or_null(packet.in);
  json["out"] = text_or_null(packet.out);
  json["src"] = ir::format_address(packet.source(), packet.family);
  json["dst"] = ir::format_address(packet.destination(), packet.family);
  json["protocol"] = ir::protocol_name(packet.protocol());
  json["sport"] = field_json(packet, FieldId::kThSport);
  json["dport"] = field_json(packet, FieldId::kThDport);
  json["flags"] = nullptr;
  if (const Json flags = field_json(packet, FieldId::kTcpFlags); !flags.is_null())
    json["flags"] = ir::tcp_flags_text(flags.get<std::uint8_t>());
  json["icmp_type"] = both.is_null() ? Json(nullptr) : Json(both.get<unsigned>() >> 8);
  json["icmp_code"] = both.is_null() ? Json(nullptr) : Json(both.get<unsigned>() & 0xffU);
  json["ct_state"] = nullptr;
  if (packet.get(FieldId::kCtState)) json["ct_state"] = ir::ct_state_name(packet.ct_state());
  json["mark"] = static_cast<std::uint64_t>(packet.get_or(FieldId::kMark, 0));
  json["length"] = field_json(packet, FieldId::kLength);
  json["ttl"] = field_json(packet, v4 ? FieldId::kIpTtl : FieldId::kIp6HopLimit);
  json["expr"] = ir::packet_expression(packet);
  return json;
}

Json text_or_null(std::string_view text) { return text.empty() ? Json(nullptr) : Json(text); }

void add_place(Json& to, const source::SourceManager& sources, const source::Span& span, bool columns) {
  const bool known = span.is_known();
  to["file"] = known ? Json(sources.file(span.file).path()) : Json(nullptr);
  to["line"] = known ? Json(span.line) : Json(nullptr);
  if (!columns) return;
  to["column"] = known ? Json(span.column) : Json(nullptr);
  to["end_column"] = known ? Json(span.end_column) : Json(nullptr);
}

std::string edit_text(const source::SourceManager& sources, const analyzer::Edit& edit) {
  if (!edit.text_of.is_known()) return edit.replacement;
  return std::string(sources.file(edit.text_of.file).line(edit.text_of.line)) + '\n';
}

void add_rule(Json& to, const ir::Ruleset& ruleset, ir::RuleRef rule) {
  const ir::Chain& chain = ruleset.chain(rule.chain);
  to["table"] = ruleset.table(chain.table).name;
  to["chain"] = chain.name;
  to["rule"] = rule.index < chain.rules.size() ? Json(ruleset.number_of(rule)) : Json(nullptr);
}

std::string dump_line(const Json& json) {
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + '\n';
}

}  // namespace nfproof::report
