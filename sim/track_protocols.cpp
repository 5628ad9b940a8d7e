// SPDX-License-Identifier: Apache-2.0
// What each protocol says to a packet of a connection: may it be, how long is the connection remembered now, is it
// assured (net/netfilter/nf_conntrack_proto_*.c). DCCP is tracked like any protocol without a tracker of its own.
#include <algorithm>

#include "sim/checksum.h"
#include "sim/conntrack.h"
#include "sim/preview.h"

namespace nfproof::sim {
namespace {

using ir::Family;

constexpr Nanoseconds kSecond = 1'000'000'000;

bool can_begin_icmp(Family family, std::uint8_t type) {
  if (family == Family::kIpv4) return type == 8 || type == 13 || type == 15 || type == 17;
  return type == 128 || type == 139;
}

}  // namespace

bool Conntrack::looks_at_checksum(bool cut_short, bool arriving) const {
  constexpr std::uint64_t kSample = 2000;
  return !cut_short && (arriving ? settings_.checksum : checksums_[1].looked_at < kSample);
}

bool Conntrack::bad_checksum(const DecodedPacket& packet, bool arriving) {
  return looks_at_checksum(packet.cut_short, arriving) &&
         note_checksum(!transport_checksum_ok(packet.bytes, packet.family(), packet.transport, packet.protocol()),
                       arriving);
}

/// Is the packet invalid for it? What the host itself sends never is.
bool Conntrack::note_checksum(bool wrong, bool arriving) {
  ChecksumCount& count = checksums_[arriving ? 0 : 1];
  ++count.looked_at;
  count.wrong += wrong ? 1 : 0;
  return wrong && arriving;
}

Conntrack::Step Conntrack::follow_tcp(const DecodedPacket& packet, Track& track, bool arriving, Nanoseconds now) {
  const auto segment = read_segment(packet);
  if (!segment || bad_checksum(packet, arriving)) return Step::kInvalid;
  Connection& connection = *track.connection;
  if (!connection.confirmed() && !connection.tcp.begin(*segment, settings_.tcp)) return Step::kInvalid;
  return advance_tcp(*segment, connection, track.reply, now);
}

Conntrack::Step Conntrack::advance_tcp(const TcpSegment& segment, Connection& connection, bool reply,
                                       Nanoseconds now) const {
  const std::int32_t ack_shift =
      connection.helping ? connection.helping->shift.offset(!reply, segment.acknowledgement - 1) : 0;
  const TcpTrack::Facts facts{
      .reply = reply,
      .seen_reply = (connection.status & ir::kIpsSeenReply) != 0,
      .assured = (connection.status & ir::kIpsAssured) != 0,
      .ack_shift = ack_shift,
      .seconds_to_live = static_cast<std::uint32_t>(std::max<Nanoseconds>(connection.expires - now, 0) / kSecond)};
  const TcpTrack::Outcome outcome = connection.tcp.follow(segment, facts, settings_.tcp);
  if (const auto& timeout = connection.tcp.timeout()) connection.expires = now + *timeout * kSecond;
  switch (outcome) {
    case TcpTrack::Outcome::kInvalid: return Step::kInvalid;
    case TcpTrack::Outcome::kIgnore: return Step::kIgnore;
    case TcpTrack::Outcome::kRestart: return Step::kRepeat;
    case TcpTrack::Outcome::kEnd: return Step::kEnd;
    case TcpTrack::Outcome::kAccept: break;
  }
  if (connection.tcp.became_assured()) connection.status |= ir::kIpsAssured;
  return Step::kAccept;
}

Conntrack::Step Conntrack::follow_udp(const DecodedPacket& packet, Track& track, bool arriving, Nanoseconds now) {
  if (!packet.has_transport(8)) return Step::kInvalid;
  const std::size_t available = packet.length - packet.transport;
  const std::size_t length = load16(packet.bytes, packet.transport + 4);
  const bool lite = packet.protocol() == ir::kProtoUdplite;
  const bool bad_length =
      lite ? (length != 0 && (length < 8 || length > available)) : (length > available || length < 8);
  const bool no_checksum = load16(packet.bytes, packet.transport + 6) == 0;
  if (bad_length || (lite && no_checksum) || bad_checksum(packet, arriving)) return Step::kInvalid;
  return advance_udp(lite, *track.connection, now);
}

Conntrack::Step Conntrack::advance_udp(bool lite, Connection& connection, Nanoseconds now) const {
  if (!connection.confirmed()) connection.stream_since = now + 2 * kSecond;
  std::uint32_t timeout = settings_.udp_timeout;
  if ((connection.status & ir::kIpsSeenReply) != 0 && (lite || now > connection.stream_since)) {
    timeout = settings_.udp_timeout_stream;
    connection.status |= ir::kIpsAssured;
  }
  connection.expires = now + timeout * kSecond;
  return Step::kAccept;
}

Conntrack::Step Conntrack::follow_sctp(const DecodedPacket& packet, Track& track, bool arriving, Nanoseconds now) {
  if (!packet.has_transport(12) || bad_checksum(packet, arriving)) return Step::kInvalid;
  Connection& connection = *track.connection;
  if (!connection.sctp.follow(packet, track.reply, connection.confirmed())) return Step::kInvalid;
  if (connection.sctp.ignored()) return Step::kIgnore;
  if (connection.sctp.established()) connection.status |= ir::kIpsAssured;
  connection.expires = now + settings_.sctp_timeouts[static_cast<std::size_t>(connection.sctp.state())] * kSecond;
  return Step::kAccept;
}

Conntrack::Step Conntrack::follow_icmp(Family family, std::uint8_t protocol, Connection& connection,
                                       Nanoseconds now) const {
  const bool v4 = family == Family::kIpv4;
  if (protocol != (v4 ? ir::kProtoIcmp : ir::kProtoIcmp6)) return Step::kInvalid;
  const auto type = static_cast<std::uint8_t>(connection.tuples[0].destination_port >> 8);
  if (!can_begin_icmp(family, type)) return Step::kInvalid;
  connection.expires = now + (v4 ? settings_.icmp_timeout : settings_.icmpv6_timeout) * kSecond;
  return Step::kAccept;
}

Conntrack::Step Conntrack::follow_gre(const Track& track, Nanoseconds now) const {
  Connection& connection = *track.connection;
  const bool answered = (connection.status & ir::kIpsSeenReply) != 0;
  if (answered) connection.status |= ir::kIpsAssured;
  connection.expires = now + (answered ? settings_.gre_timeout_stream : settings_.gre_timeout) * kSecond;
  return Step::kAccept;
}

Conntrack::Step Conntrack::follow(const DecodedPacket& packet, Track& track, bool arriving, Nanoseconds now) {
  switch (packet.protocol()) {
    case ir::kProtoTcp: return follow_tcp(packet, track, arriving, now);
    case ir::kProtoUdp:
    case ir::kProtoUdplite: return follow_udp(packet, track, arriving, now);
    case ir::kProtoSctp: return follow_sctp(packet, track, arriving, now);
    case ir::kProtoIcmp:
    case ir::kProtoIcmp6: return follow_icmp(packet.family(), packet.protocol(), *track.connection, now);
    case kProtoGre: return follow_gre(track, now);
    default: track.connection->expires = now + settings_.generic_timeout * kSecond; return Step::kAccept;
  }
}

/// Previews are made of packets whose headers are whole.
Conntrack::Step Conntrack::follow(const Preview& packet, const Handle& handle, bool arriving, Nanoseconds now) {
  if (looks_at_checksum(packet.cut_short, arriving) && note_checksum(!packet.checksum_ok, arriving))
    return Step::kInvalid;
  Connection& connection = *handle.connection;
  switch (packet.tuple.protocol) {
    case ir::kProtoTcp: return advance_tcp(packet.segment, connection, handle.reply, now);
    case ir::kProtoUdp: return advance_udp(false, connection, now);
    default: return follow_icmp(packet.tuple.family, packet.tuple.protocol, connection, now);
  }
}

}  // namespace nfproof::sim
