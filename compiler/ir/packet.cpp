// SPDX-License-Identifier: Apache-2.0
// Field values of a packet, and the packet as an nftables expression.
#include "compiler/ir/packet.h"

#include <string_view>

namespace nfproof::ir {
namespace {

bool has_protocol(const Packet& packet, std::uint8_t protocol) {
  return packet.protocol() == protocol && !packet.is_later_fragment();
}

bool has_ports(const Packet& packet) {
  switch (packet.protocol()) {
    case kProtoTcp:
    case kProtoUdp:
    case kProtoUdplite:
    case kProtoSctp:
    case kProtoDccp: return !packet.is_later_fragment();
    default: return false;
  }
}

bool is_tracked(const Packet& packet) {
  return packet.ct_state() != CtState::kInvalid && packet.ct_state() != CtState::kUntracked;
}

class ExpressionWriter {
 public:
  ExpressionWriter() { text_.reserve(256); }
  void word(std::string_view text) {
    if (!text_.empty()) text_ += ' ';
    text_ += text;
  }
  void pair(std::string_view name, std::string_view value) { word(name), word(value); }
  void quoted(std::string_view name, std::string_view value) {
    word(name);
    text_.append(" \"").append(value).append("\"");
  }
  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return result;
}

/// `syn | ack`; a number when there is none.
std::string ored_flags(std::uint8_t flags) {
  if (flags == 0) return "0x0";
  std::string text = lower(tcp_flags_text(flags));
  for (std::size_t at = 0; (at = text.find(',', at)) != std::string::npos; at += 3) text.replace(at, 1, " | ");
  return text;
}

void write_transport(const Packet& packet, ExpressionWriter& writer) {
  const std::string name = protocol_name(packet.protocol());
  if (has_ports(packet)) {
    writer.pair(name + " sport", format_number(packet.get_or(FieldId::kThSport, 0)));
    writer.pair(name + " dport", format_number(packet.get_or(FieldId::kThDport, 0)));
    if (packet.protocol() == kProtoTcp && packet.get(FieldId::kTcpFlags))
      writer.pair("tcp flags ==", ored_flags(static_cast<std::uint8_t>(packet.get_or(FieldId::kTcpFlags, 0))));
    return;
  }
  const bool v4 = packet.family == Family::kIpv4;
  if (has_protocol(packet, v4 ? kProtoIcmp : kProtoIcmp6)) {
    const auto both = packet.get_or(v4 ? FieldId::kIcmpTypeCode : FieldId::kIcmp6TypeCode, 0);
    const std::string prefix = v4 ? "icmp" : "icmpv6";
    writer.pair(prefix + " type", format_number(both >> 8));
    writer.pair(prefix + " code", format_number(both & 0xff));
    return;
  }
  writer.pair("meta l4proto", name == "ipv6-icmp" ? "icmpv6" : name);
}

/// What is left out when it is that of most packets, or not known.
void write_rest(const Packet& packet, const std::string& ip, ExpressionWriter& writer) {
  const bool v4 = packet.family == Family::kIpv4;
  const auto tos = static_cast<unsigned>(packet.get_or(v4 ? FieldId::kIpTos : FieldId::kIp6Tclass, 0));
  if (const u128 mark = packet.get_or(FieldId::kMark, 0); mark != 0) writer.pair("meta mark", format_number(mark));
  if (const u128 mark = packet.get_or(FieldId::kCtMark, 0); mark != 0 && is_tracked(packet))
    writer.pair("ct mark", format_number(mark));
  if (tos >> 2U != 0) writer.pair(ip + " dscp", format_number(tos >> 2U));
  if ((tos & 3U) != 0) writer.pair(ip + " ecn", format_number(tos & 3U));
  const FieldId ttl = v4 ? FieldId::kIpTtl : FieldId::kIp6HopLimit;
  if (const auto value = packet.get(ttl)) writer.pair(v4 ? "ip ttl" : "ip6 hoplimit", format_number(*value));
  if (const auto length = packet.get(FieldId::kLength)) writer.pair("meta length", format_number(*length));
  if (const auto mac = packet.get(FieldId::kEtherSaddr)) writer.pair("ether saddr", format_mac(*mac));
  if (packet.get_or(FieldId::kPktType, kPacketHost) == kPacketBroadcast) writer.pair("meta pkttype", "broadcast");
  if (packet.get_or(FieldId::kPktType, kPacketHost) == kPacketMulticast) writer.pair("meta pkttype", "multicast");
}

}  // namespace

bool operator==(const Packet& a, const Packet& b) {
  if (a.family != b.family || a.hook != b.hook || a.in != b.in || a.out != b.out || a.present_ != b.present_)
    return false;
  for (std::size_t i = 0; i < kHeldFieldCount; ++i)
    if (a.present_[i] && a.values_[i] != b.values_[i]) return false;
  return true;
}

bool is_present(const Packet& packet, Presence presence) {
  switch (presence) {
    case Presence::kAlways: return true;
    case Presence::kIncoming: return !packet.in.empty();
    case Presence::kOutgoing: return !packet.out.empty();
    case Presence::kEther: return packet.get(FieldId::kEtherSaddr).has_value();
    case Presence::kIpv4: return packet.family == Family::kIpv4;
    case Presence::kIpv6: return packet.family == Family::kIpv6;
    case Presence::kTcp: return has_protocol(packet, kProtoTcp);
    case Presence::kUdp: return has_protocol(packet, kProtoUdp);
    case Presence::kUdplite: return has_protocol(packet, kProtoUdplite);
    case Presence::kSctp: return has_protocol(packet, kProtoSctp);
    case Presence::kDccp: return has_protocol(packet, kProtoDccp);
    case Presence::kIcmp: return has_protocol(packet, kProtoIcmp);
    case Presence::kIcmp6: return has_protocol(packet, kProtoIcmp6);
    case Presence::kPorts: return has_ports(packet);
    case Presence::kTcpMss: return has_protocol(packet, kProtoTcp) && packet.get(FieldId::kTcpMss).has_value();
    case Presence::kEsp: return has_protocol(packet, kProtoEsp);
    case Presence::kIpcomp: return has_protocol(packet, kProtoIpcomp);
    case Presence::kMh: return packet.family == Family::kIpv6 && has_protocol(packet, kProtoMh);
    case Presence::kAh: return packet.family == Family::kIpv6 || has_protocol(packet, kProtoAh);
    case Presence::kHopByHop:
    case Presence::kDestinationOptions:
    case Presence::kRouting:
    case Presence::kFragmentHeader: return packet.family == Family::kIpv6;
    case Presence::kConntrack: return is_tracked(packet);
    case Presence::kConntrack4: return is_tracked(packet) && packet.family == Family::kIpv4;
    case Presence::kConntrack6: return is_tracked(packet) && packet.family == Family::kIpv6;
  }
  return false;
}

std::string packet_expression(const Packet& packet) {
  ExpressionWriter writer;
  if (!packet.in.empty()) writer.quoted("iifname", packet.in);
  if (!packet.out.empty()) writer.quoted("oifname", packet.out);
  const std::string ip = packet.family == Family::kIpv4 ? "ip" : "ip6";
  writer.pair(ip + " saddr", format_address(packet.source(), packet.family));
  writer.pair(ip + " daddr", format_address(packet.destination(), packet.family));
  write_transport(packet, writer);
  if (packet.get(FieldId::kCtState)) writer.pair("ct state", lower(ct_state_name(packet.ct_state())));
  write_rest(packet, ip, writer);
  return writer.take();
}

std::string protocol_name(std::uint8_t protocol) {
  switch (protocol) {
    case kProtoIcmp: return "icmp";
    case kProtoTcp: return "tcp";
    case kProtoUdp: return "udp";
    case kProtoDccp: return "dccp";
    case kProtoIcmp6: return "ipv6-icmp";
    case kProtoSctp: return "sctp";
    case kProtoUdplite: return "udplite";
    default: return format_number(protocol);
  }
}

std::string tcp_flags_text(std::uint8_t flags) {
  static constexpr std::array<std::string_view, 8> kNames = {"FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECN", "CWR"};
  std::string text;
  for (unsigned bit = 0; bit < 8; ++bit) {
    if ((flags >> bit & 1U) == 0) continue;
    if (!text.empty()) text += ',';
    text += kNames[bit];
  }
  return text.empty() ? "none" : text;
}

}  // namespace nfproof::ir
