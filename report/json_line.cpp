// SPDX-License-Identifier: Apache-2.0
// Members of JSON objects, one after the other.
#include "report/json_line.h"

#include <array>
#include <charconv>
#include <nlohmann/json.hpp>

#include "report/json.h"
#include "report/packet_text.h"

namespace nfproof::report {
namespace {

using ir::FieldId;

/// What needs no escape and is the same in every encoding.
bool is_plain(char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; }

std::optional<std::uint64_t> field(const ir::Packet& packet, FieldId field) {
  const auto value = packet.get(field);
  if (!value || !ir::is_present(packet, ir::field_info(field).presence)) return std::nullopt;
  return static_cast<std::uint64_t>(*value);
}

}  // namespace

void JsonLine::begin_value() {
  const char last = text_.empty() ? '{' : text_.back();
  if (last != '{' && last != '[' && last != ':') text_ += ',';
}

void JsonLine::value(std::string_view text) {
  begin_value();
  text_ += text;
}

void JsonLine::open(char bracket) { value({&bracket, 1}); }
void JsonLine::close(char bracket) { text_ += bracket; }

void JsonLine::key(std::string_view name) {
  begin_value();
  text_ += '"';
  text_ += name;
  text_ += "\":";
}

void JsonLine::number(std::uint64_t number) {
  std::array<char, 24> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  value({digits.data(), static_cast<std::size_t>(end - digits.data())});
}

void JsonLine::number(double number) { value(Json(number).dump()); }

void JsonLine::text(std::string_view text) {
  begin_value();
  const std::size_t begin = text_.size();
  text_ += '"';
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    while (end < text.size() && is_plain(text[end])) ++end;
    text_.append(text, at, end - at);
    if (end == text.size()) break;
    const char c = text[end];
    if (c != '"' && c != '\\') {  // the library knows what becomes of it
      text_.resize(begin);
      text_ += dump_line(Json(text));
      text_.pop_back();
      return;
    }
    text_ += {'\\', c};
    at = end + 1;
  }
  text_ += '"';
}

void JsonLine::packet(const ir::Packet& packet) {
  const bool v4 = packet.family == ir::Family::kIpv4;
  const auto both = field(packet, v4 ? FieldId::kIcmpTypeCode : FieldId::kIcmp6TypeCode);
  const auto flags = field(packet, FieldId::kTcpFlags);
  const auto member = [&](std::string_view name) -> JsonLine& { return key(name), *this; };
  open('{');
  member("family").number(static_cast<std::uint64_t>(family_number(packet.family)));
  member("in").text_or_null(packet.in);
  member("out").text_or_null(packet.out);
  member("src").text(ir::format_address(packet.source(), packet.family));
  member("dst").text(ir::format_address(packet.destination(), packet.family));
  member("protocol").text(ir::protocol_name(packet.protocol()));
  member("sport").number_or_null(field(packet, FieldId::kThSport));
  member("dport").number_or_null(field(packet, FieldId::kThDport));
  member("flags").text_or_null(flags ? ir::tcp_flags_text(static_cast<std::uint8_t>(*flags)) : "");
  member("icmp_type").number_or_null(both ? std::optional(*both >> 8U) : std::nullopt);
  member("icmp_code").number_or_null(both ? std::optional(*both & 0xffU) : std::nullopt);
  member("ct_state").text_or_null(packet.get(FieldId::kCtState) ? ir::ct_state_name(packet.ct_state()) : "");
  member("mark").number(static_cast<std::uint64_t>(packet.get_or(FieldId::kMark, 0)));
  member("length").number_or_null(field(packet, FieldId::kLength));
  member("ttl").number_or_null(field(packet, v4 ? FieldId::kIpTtl : FieldId::kIp6HopLimit));
  member("expr").text(ir::packet_expression(packet));
  close('}');
}

}  // namespace nfproof::report
