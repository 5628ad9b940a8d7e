// SPDX-License-Identifier: Apache-2.0
// Packets and places of rules in one line.
#include "report/packet_text.h"

namespace nfproof::report {
namespace {

using ir::FieldId;
using ir::Presence;

std::string endpoint(const ir::Packet& packet, ir::u128 address, FieldId port) {
  const std::string text = ir::format_address(address, packet.family);
  const auto number = packet.get(port);
  if (!ir::is_present(packet, Presence::kPorts) || !number) return text;
  const bool v6 = packet.family == ir::Family::kIpv6;
  return (v6 ? "[" + text + "]:" : text + ":") + ir::format_number(*number);
}

std::string hex(ir::u128 number) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (; number != 0; number >>= 4) text.insert(text.begin(), kDigits[static_cast<std::size_t>(number & 0xf)]);
  return "0x" + (text.empty() ? "0" : text);
}

std::string transport(const ir::Packet& packet) {
  if (packet.is_later_fragment()) return " later fragment";
  if (ir::is_present(packet, Presence::kTcp)) {
    const auto flags = packet.get(FieldId::kTcpFlags);
    return flags ? ' ' + ir::tcp_flags_text(static_cast<std::uint8_t>(*flags)) : "";
  }
  const bool icmp = ir::is_present(packet, Presence::kIcmp);
  if (!icmp && !ir::is_present(packet, Presence::kIcmp6)) return "";
  const auto both = packet.get(icmp ? FieldId::kIcmpTypeCode : FieldId::kIcmp6TypeCode);
  if (!both) return "";
  return " type " + ir::format_number(*both >> 8) + " code " + ir::format_number(*both & 0xff);
}

}  // namespace

std::string packet_text(const ir::Packet& packet) {
  std::string text = ir::protocol_name(packet.protocol());
  if (text[0] >= '0' && text[0] <= '9') text = "protocol " + text;
  text += ' ' + endpoint(packet, packet.source(), FieldId::kThSport);
  text += " > " + endpoint(packet, packet.destination(), FieldId::kThDport);
  text += transport(packet);
  if (!packet.in.empty()) text += " in " + packet.in;
  if (!packet.out.empty()) text += " out " + packet.out;
  if (packet.get(FieldId::kCtState)) text += ", " + std::string(ir::ct_state_name(packet.ct_state()));
  if (const ir::u128 mark = packet.get_or(FieldId::kMark, 0); mark != 0) text += ", mark " + hex(mark);
  return text;
}

std::string rule_name(const ir::Ruleset& ruleset, ir::RuleRef rule) {
  const ir::Chain& chain = ruleset.chain(rule.chain);
  const ir::Table& table = ruleset.table(chain.table);
  std::string text;
  for (const ir::Table& other : ruleset.tables)
    if (other.family != table.family && text.empty()) text = std::string(family_name(table.family)) + ' ';
  if (table.name != "filter") text += table.name + ' ';
  text += chain.name;
  return text + (rule.index < chain.rules.size() ? " rule " + std::to_string(ruleset.number_of(rule)) : " policy");
}

std::string fate_text(const ir::Ruleset& ruleset, const ir::Fate& fate) {
  return std::string(ir::verdict_name(fate.verdict)) + " by " + rule_name(ruleset, fate.decided_by);
}

std::string_view family_name(ir::Family family) {
  switch (family) {
    case ir::Family::kIpv4: return "IPv4";
    case ir::Family::kIpv6: return "IPv6";
    case ir::Family::kInet: return "inet";
  }
  return "";
}

int family_number(ir::Family family) {
  switch (family) {
    case ir::Family::kIpv4: return 4;
    case ir::Family::kIpv6: return 6;
    case ir::Family::kInet: return 0;
  }
  return 0;
}

}  // namespace nfproof::report
