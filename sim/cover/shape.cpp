// SPDX-License-Identifier: Apache-2.0
// Bytes of conversations.
#include "sim/cover/shape.h"

#include <algorithm>

#include "sim/build_packet.h"
#include "sim/checksum.h"
#include "sim/decode.h"

namespace nfproof::sim {
namespace {

using ir::FieldId;
using ir::Presence;

constexpr std::uint32_t kClientNumber = 1000;
constexpr std::uint32_t kServerNumber = 5000;
constexpr std::uint8_t kAck = 0x10;

struct Numbers {
  std::uint32_t sequence = 0, acknowledged = 0;
};

Numbers numbers_of(Moment moment, std::uint16_t tag) {
  const std::uint32_t client = kClientNumber + tag * 65536U, server = kServerNumber + tag * 65536U;
  switch (moment) {
    case Moment::kAsIs:
    case Moment::kFirst: return {client, 0};
    case Moment::kFirstAnswer: return {server, client + 1};
    case Moment::kLater: return {client + 1, server + 1};
    case Moment::kLaterAnswer: return {server + 1, client + 1};
  }
  return {};
}

/// No two packets look as if one was the other, forwarded: each has an identification or a payload of its own.
void make_unique(PacketBuffer& bytes, const DecodedPacket& read, std::uint16_t tag) {
  if (read.family() == ir::Family::kIpv4) {
    store16(bytes, 4, tag);
    fill_header_checksum(bytes);
  } else if (read.protocol() == ir::kProtoUdp && read.has_transport(10) && read.transport + 10 <= bytes.size()) {
    store16(bytes, read.transport + 8, tag);
    fill_transport_checksum(bytes, read.family(), read.transport, read.protocol());
  }
}

bool is_echo(const ir::Packet& fields) {
  if (ir::is_present(fields, Presence::kIcmp)) {
    const auto type = static_cast<unsigned>(fields.get_or(FieldId::kIcmpTypeCode, 0x800) >> 8);
    return type == 0 || type == 8 || (type >= 13 && type <= 18);
  }
  const auto type = static_cast<unsigned>(fields.get_or(FieldId::kIcmp6TypeCode, 0x8000) >> 8);
  return ir::is_present(fields, Presence::kIcmp6) && (type == 128 || type == 129);
}

std::optional<DecodedPacket> decoded(const PacketBuffer& bytes) {
  std::string ignored;
  return decode_packet(bytes, 0, ignored);
}

/// The type of the answer to a request; nothing for other types.
std::optional<unsigned> reply_type(bool v4, unsigned type) {
  if (!v4) return type == 128 ? std::optional(129U) : type == 129 ? std::optional(128U) : std::nullopt;
  switch (type) {
    case 8: return 0;
    case 0: return 8;
    case 13: return 14;
    case 14: return 13;
    case 15: return 16;
    case 16: return 15;
    case 17: return 18;
    case 18: return 17;
    default: return std::nullopt;
  }
}

}  // namespace

std::optional<PacketBuffer> shape(const ir::Packet& fields, Moment moment, std::uint16_t tag) {
  ir::Packet packet = fields;
  const bool tcp = ir::is_present(packet, Presence::kTcp);
  if (tcp && moment == Moment::kFirst) packet.set(FieldId::kTcpFlags, 0x02);
  if (tcp && moment == Moment::kFirstAnswer) packet.set(FieldId::kTcpFlags, 0x12);
  std::string problem;
  auto bytes = build_packet(packet, problem);
  if (!bytes) return std::nullopt;
  const auto read = decoded(*bytes);
  if (!read) return bytes;
  make_unique(*bytes, *read, tag);
  if (tcp && read->has_transport(20)) {
    const Numbers numbers = numbers_of(moment, tag);
    store32(*bytes, read->transport + 4, numbers.sequence);
    const bool acknowledges = ((*bytes)[read->transport + 13] & kAck) != 0;
    store32(*bytes, read->transport + 8, acknowledges ? numbers.acknowledged : 0);
    fill_transport_checksum(*bytes, packet.family, read->transport, packet.protocol());
  }
  const bool begins = moment == Moment::kFirst || packet.ct_state() == ir::CtState::kNew;
  if (packet.protocol() == ir::kProtoSctp && begins && read->has_transport(32)) {
    (*bytes)[read->transport + 12] = 1;  // INIT: a DATA chunk begins nothing
    (*bytes)[read->transport + 13] = 0;
    store32(*bytes, read->transport + 16, 1000);
    store32(*bytes, read->transport + 20, 65535);
    store32(*bytes, read->transport + 24, 0x00010001);
    store32(*bytes, read->transport + 28, 1000);
    fill_transport_checksum(*bytes, packet.family, read->transport, packet.protocol());
  }
  if (is_echo(packet) && read->has_transport(8)) {
    store16(*bytes, read->transport + 4, tag);
    fill_transport_checksum(*bytes, packet.family, read->transport, packet.protocol());
  }
  return bytes;
}

void add_payload(PacketBuffer& bytes, const std::vector<PayloadText>& texts) {
  if (texts.empty()) return;
  const auto read = decoded(bytes);
  if (!read || read->fragment) return;
  for (const PayloadText& text : texts) {
    if (bytes.size() < text.from) bytes.resize(text.from);
    bytes.insert(bytes.end(), text.bytes.begin(), text.bytes.end());
  }
  const bool v4 = read->family() == ir::Family::kIpv4;
  store16(bytes, v4 ? 2 : 4, static_cast<std::uint32_t>(bytes.size() - (v4 ? 0 : 40)));
  if (v4) fill_header_checksum(bytes);
  if (read->protocol() == ir::kProtoUdp && read->has_transport(8))
    store16(bytes, read->transport + 4, static_cast<std::uint32_t>(bytes.size() - read->transport));
  fill_transport_checksum(bytes, read->family(), read->transport, read->protocol());
}

void spoil_checksum(PacketBuffer& bytes) {
  const auto read = decoded(bytes);
  if (!read) return;
  const std::size_t at = read->protocol() == ir::kProtoTcp ? 16 : read->protocol() == ir::kProtoUdp ? 6 : 2;
  if (!read->has_transport(at + 2)) return;
  std::uint16_t sum = static_cast<std::uint16_t>(load16(bytes, read->transport + at) ^ 0x5555U);
  if (sum == 0) sum = 0x1234;  // no checksum at all is fine for UDP
  store16(bytes, read->transport + at, sum);
}

std::optional<ir::Packet> fields_of(const PacketBuffer& bytes) {
  const auto read = decoded(bytes);
  if (!read) return std::nullopt;
  return read->fields;
}

std::optional<ir::Packet> answer_to(const PacketBuffer& bytes, const ir::Packet* like) {
  const auto seen = fields_of(bytes);
  if (!seen) return std::nullopt;
  ir::Packet answer;
  answer.family = seen->family;
  const bool v4 = seen->family == ir::Family::kIpv4;
  if (like != nullptr)
    for (const FieldId field : {FieldId::kIpTtl, FieldId::kIp6HopLimit, FieldId::kLength, FieldId::kIpTos,
                                FieldId::kIp6Tclass, FieldId::kTcpFlags, FieldId::kTcpMss, FieldId::kEtherSaddr})
      if (const auto value = like->get(field)) answer.set(field, *value);
  answer.set(FieldId::kL4Proto, seen->protocol());
  answer.set(answer.source_field(), seen->destination());
  answer.set(answer.destination_field(), seen->source());
  if (ir::is_present(*seen, Presence::kPorts)) {
    answer.set(FieldId::kThSport, seen->get_or(FieldId::kThDport, 0));
    answer.set(FieldId::kThDport, seen->get_or(FieldId::kThSport, 0));
  }
  const FieldId icmp = v4 ? FieldId::kIcmpTypeCode : FieldId::kIcmp6TypeCode;
  if (ir::is_present(*seen, v4 ? Presence::kIcmp : Presence::kIcmp6)) {
    const auto type = reply_type(v4, static_cast<unsigned>(seen->get_or(icmp, 0) >> 8));
    if (!type) return std::nullopt;
    answer.set(icmp, *type << 8U);
  }
  answer.set(FieldId::kCtState, static_cast<unsigned>(ir::CtState::kEstablished));
  return answer;
}

PacketBuffer error_about(const PacketBuffer& quoted, ir::Family family, ir::u128 source, std::uint8_t type,
                         std::uint8_t code) {
  const bool v4 = family == ir::Family::kIpv4;
  const std::size_t header = v4 ? 20 : 40;
  const std::size_t address = v4 ? 4 : 16;
  const std::size_t kept = std::min<std::size_t>(quoted.size(), header + 40);
  PacketBuffer bytes(header + 8 + kept);
  const ir::u128 target = load_number(quoted, v4 ? 12 : 8, address);
  if (v4) {
    bytes[0] = 0x45;
    store16(bytes, 2, static_cast<std::uint32_t>(bytes.size()));
    bytes[8] = 64;
    bytes[9] = ir::kProtoIcmp;
    store_number(bytes, 12, 4, source);
    store_number(bytes, 16, 4, target);
    fill_header_checksum(bytes);
  } else {
    store16(bytes, 0, 0x6000);
    store16(bytes, 4, static_cast<std::uint32_t>(8 + kept));
    bytes[6] = ir::kProtoIcmp6;
    bytes[7] = 64;
    store_number(bytes, 8, 16, source);
    store_number(bytes, 24, 16, target);
  }
  bytes[header] = type;
  bytes[header + 1] = code;
  if ((v4 && type == 3 && code == 4) || (!v4 && type == 2)) store16(bytes, header + 6, 1400);
  std::copy_n(quoted.begin(), kept, bytes.begin() + static_cast<std::ptrdiff_t>(header + 8));
  fill_transport_checksum(bytes, family, header, v4 ? ir::kProtoIcmp : ir::kProtoIcmp6);
  return bytes;
}

}  // namespace nfproof::sim
