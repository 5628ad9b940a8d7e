// SPDX-License-Identifier: Apache-2.0
// The connection table, the look-up of a packet, and the protocols that need little tracking (ICMP, UDP, the rest).
#include "sim/conntrack.h"

#include <algorithm>

#include "sim/checksum.h"

namespace nfproof::sim {
namespace {

using ir::CtState;
using ir::Family;
using ir::FieldId;

constexpr Nanoseconds kSecond = 1'000'000'000;
constexpr Nanoseconds kSweepInterval = 10 * kSecond;
constexpr unsigned kIcmpTimeout = 30;
constexpr unsigned kUdpTimeout = 30;
constexpr unsigned kUdpStreamTimeout = 120;
constexpr unsigned kGenericTimeout = 600;

bool is_icmp4_error(std::uint8_t type) { return type == 3 || type == 4 || type == 5 || type == 11 || type == 12; }

/// Router and neighbour discovery, multicast listeners: part of the link, not of connections.
bool is_untracked_icmp6(std::uint8_t type) { return (type >= 130 && type <= 136) || type == 143; }

bool can_begin_icmp(Family family, std::uint8_t type) {
  if (family == Family::kIpv4) return type == 8 || type == 13 || type == 15 || type == 17;
  return type == 128 || type == 139;
}

/// IPv4 shows the connection's own protocol and addresses; ports only where there are any.
void show_tuples(const Connection& connection, ir::Packet& fields) {
  const Tuple& original = connection.tuples[0];
  const Tuple& reply = connection.tuples[1];
  const bool v4 = fields.family == Family::kIpv4;
  fields.set(FieldId::kCtProto, original.protocol);
  fields.set(v4 ? FieldId::kCtOrigSaddr : FieldId::kCtOrigSaddr6, original.source);
  fields.set(v4 ? FieldId::kCtOrigDaddr : FieldId::kCtOrigDaddr6, original.destination);
  fields.set(v4 ? FieldId::kCtReplSaddr : FieldId::kCtReplSaddr6, reply.source);
  fields.set(v4 ? FieldId::kCtReplDaddr : FieldId::kCtReplDaddr6, reply.destination);
  fields.set(FieldId::kCtOrigSport, original.source_port);
  fields.set(FieldId::kCtOrigDport, original.destination_port);
  fields.set(FieldId::kCtReplSport, reply.source_port);
  fields.set(FieldId::kCtReplDport, reply.destination_port);
}

}  // namespace

void show_track(const Track& track, Nanoseconds now, ir::Packet& fields) {
  fields.set(FieldId::kCtState, static_cast<unsigned>(track.state));
  if (!track.connection) return;
  const Connection& connection = *track.connection;
  fields.set(FieldId::kCtStatus, connection.status);
  fields.set(FieldId::kCtMark, connection.mark);
  fields.set(FieldId::kCtDirection, track.reply ? 1 : 0);
  fields.set(FieldId::kCtExpiration,
             static_cast<unsigned>(std::max<Nanoseconds>(connection.expires - now, 0) / kSecond));
  show_tuples(connection, fields);
}

bool Conntrack::bad_checksum(const DecodedPacket& packet, bool arriving) const {
  return arriving && options_.verify_checksums && !packet.cut_short &&
         !transport_checksum_ok(packet.bytes, packet.family(), packet.transport, packet.protocol());
}

std::optional<Conntrack::Handle> Conntrack::find(const Tuple& tuple, Nanoseconds now) {
  const auto found = table_.find(tuple);
  if (found == table_.end()) return std::nullopt;
  const Handle handle = found->second;
  if (handle.connection->expires <= now) {
    remove(handle.connection);
    return std::nullopt;
  }
  return handle;
}

void Conntrack::remove(const std::shared_ptr<Connection>& connection) {
  if (connection->dead) return;
  connection->dead = true;
  if (!connection->confirmed()) return;
  table_.erase(connection->tuples[0]);
  table_.erase(connection->tuples[1]);
  --entries_;
}

void Conntrack::expire(Nanoseconds now) {
  if (now < next_sweep_) return;
  next_sweep_ = now + kSweepInterval;
  std::erase_if(table_, [&](const auto& entry) {
    Connection& connection = *entry.second.connection;
    if (connection.expires > now) return false;
    if (!connection.dead) --entries_;
    connection.dead = true;
    return true;
  });
}

bool Conntrack::taken(const Tuple& tuple, const Connection* except) const {
  const auto found = table_.find(tuple);
  return found != table_.end() && found->second.connection.get() != except;
}

std::optional<Track> Conntrack::related(const DecodedPacket& packet, Nanoseconds now) {
  const auto quoted = tuple_at(packet.bytes, packet.transport + 8, packet.family());
  const auto wanted = quoted ? inverted(*quoted) : std::nullopt;
  const auto handle = wanted ? find(*wanted, now) : std::nullopt;
  if (!handle) return std::nullopt;
  const Tuple& direction = handle->connection->tuples[handle->reply ? 1 : 0];
  if (packet.fields.destination() != direction.destination) return std::nullopt;
  return Track{handle->connection, CtState::kRelated, handle->reply};
}

/// Nothing: ICMP that is tracked like any other protocol.
std::optional<Track> Conntrack::track_icmp(const DecodedPacket& packet, bool arriving, Nanoseconds now) {
  const bool v4 = packet.family() == Family::kIpv4;
  if (packet.protocol() != (v4 ? ir::kProtoIcmp : ir::kProtoIcmp6)) return std::nullopt;
  if (!packet.has_transport(8) || bad_checksum(packet, arriving)) return Track{};
  const std::uint8_t type = packet.bytes[packet.transport];
  if (!v4 && is_untracked_icmp6(type)) return Track{nullptr, CtState::kUntracked, false};
  if (v4 && type > 18) return Track{};
  const bool error = v4 ? is_icmp4_error(type) : type < 128;
  if (!error) return std::nullopt;
  return related(packet, now).value_or(Track{});
}

std::optional<Track> Conntrack::resolve(const DecodedPacket& packet, Nanoseconds now) {
  const auto tuple = tuple_at(packet.bytes, 0, packet.family());
  if (!tuple) return std::nullopt;
  if (const auto handle = find(*tuple, now)) {
    CtState state = CtState::kNew;
    if (handle->reply || (handle->connection->status & ir::kIpsSeenReply) != 0)
      state = CtState::kEstablished;
    else if ((handle->connection->status & ir::kIpsExpected) != 0)
      state = CtState::kRelated;
    return Track{handle->connection, state, handle->reply};
  }
  const auto answer = inverted(*tuple);
  if (!answer) return std::nullopt;
  auto connection = std::make_shared<Connection>();
  connection->tuples = {*tuple, *answer};
  return Track{std::move(connection), CtState::kNew, false};
}

Conntrack::Step Conntrack::follow_tcp(const DecodedPacket& packet, Track& track, bool arriving, Nanoseconds now) {
  const auto segment = read_segment(packet);
  if (!segment || bad_checksum(packet, arriving)) return Step::kInvalid;
  Connection& connection = *track.connection;
  if (!connection.confirmed() && !connection.tcp.begin(*segment)) return Step::kInvalid;
  const TcpTrack::Facts facts{.reply = track.reply,
                              .seen_reply = (connection.status & ir::kIpsSeenReply) != 0,
                              .assured = (connection.status & ir::kIpsAssured) != 0};
  switch (connection.tcp.follow(*segment, facts)) {
    case TcpTrack::Outcome::kInvalid: return Step::kInvalid;
    case TcpTrack::Outcome::kIgnore: return Step::kAccept;
    case TcpTrack::Outcome::kRestart: remove(track.connection); return Step::kRepeat;
    case TcpTrack::Outcome::kEnd: remove(track.connection); return Step::kAccept;
    case TcpTrack::Outcome::kAccept: break;
  }
  if (connection.tcp.became_assured()) connection.status |= ir::kIpsAssured;
  connection.expires = now + connection.tcp.timeout(facts.seen_reply) * kSecond;
  return Step::kAccept;
}

Conntrack::Step Conntrack::follow_udp(const DecodedPacket& packet, Track& track, bool arriving, Nanoseconds now) const {
  if (!packet.has_transport(8)) return Step::kInvalid;
  const std::size_t available = packet.length - packet.transport;
  const std::size_t length = load16(packet.bytes, packet.transport + 4);
  const bool lite = packet.protocol() == ir::kProtoUdplite;
  const bool bad_length =
      lite ? (length != 0 && (length < 8 || length > available)) : (length > available || length < 8);
  const bool no_checksum = load16(packet.bytes, packet.transport + 6) == 0;
  if (bad_length || (lite && no_checksum) || bad_checksum(packet, arriving)) return Step::kInvalid;
  Connection& connection = *track.connection;
  if (!connection.confirmed()) connection.stream_since = now + 2 * kSecond;
  unsigned timeout = kUdpTimeout;
  if ((connection.status & ir::kIpsSeenReply) != 0 && (lite || now > connection.stream_since)) {
    timeout = kUdpStreamTimeout;
    connection.status |= ir::kIpsAssured;
  }
  connection.expires = now + timeout * kSecond;
  return Step::kAccept;
}

Conntrack::Step Conntrack::follow_sctp(const DecodedPacket& packet, Track& track, bool arriving,
                                       Nanoseconds now) const {
  if (!packet.has_transport(12) || bad_checksum(packet, arriving)) return Step::kInvalid;
  Connection& connection = *track.connection;
  if (!connection.sctp.follow(packet, track.reply, connection.confirmed())) return Step::kInvalid;
  if (connection.sctp.established()) connection.status |= ir::kIpsAssured;
  connection.expires = now + connection.sctp.timeout() * kSecond;
  return Step::kAccept;
}

Conntrack::Step Conntrack::follow(const DecodedPacket& packet, Track& track, bool arriving, Nanoseconds now) {
  const bool v4 = packet.family() == Family::kIpv4;
  switch (packet.protocol()) {
    case ir::kProtoTcp: return follow_tcp(packet, track, arriving, now);
    case ir::kProtoUdp:
    case ir::kProtoUdplite: return follow_udp(packet, track, arriving, now);
    case ir::kProtoSctp: return follow_sctp(packet, track, arriving, now);
    case ir::kProtoIcmp:
    case ir::kProtoIcmp6: {
      if (packet.protocol() != (v4 ? ir::kProtoIcmp : ir::kProtoIcmp6)) return Step::kInvalid;
      const auto type = static_cast<std::uint8_t>(track.connection->tuples[0].destination_port >> 8);
      if (!can_begin_icmp(packet.family(), type)) return Step::kInvalid;
      track.connection->expires = now + kIcmpTimeout * kSecond;
      return Step::kAccept;
    }
    default: track.connection->expires = now + kGenericTimeout * kSecond; return Step::kAccept;
  }
}

Track Conntrack::track(const DecodedPacket& packet, bool arriving, Nanoseconds now) {
  expire(now);
  const bool no_transport = packet.broken_chain || packet.fragment_offset != 0 ||
                            (packet.family() == Family::kIpv6 && packet.protocol() == 59) ||
                            packet.transport > packet.length;
  if (no_transport) return Track{};
  if (const auto icmp = track_icmp(packet, arriving, now)) return *icmp;
  for (int attempt = 0; attempt < 2; ++attempt) {
    auto track = resolve(packet, now);
    if (!track) return Track{};
    switch (follow(packet, *track, arriving, now)) {
      case Step::kInvalid: return Track{};
      case Step::kRepeat: continue;
      case Step::kAccept: break;
    }
    if (track->reply) track->connection->status |= ir::kIpsSeenReply;
    return *track;
  }
  return Track{};
}

bool Conntrack::confirm(const Track& track, Nanoseconds now) {
  if (!track.connection || track.connection->confirmed()) return true;
  Connection& connection = *track.connection;
  if (connection.dead) return true;
  if (find(connection.tuples[0], now) || find(connection.tuples[1], now)) return false;
  connection.status |= ir::kIpsConfirmed;
  table_[connection.tuples[0]] = Handle{track.connection, false};
  table_[connection.tuples[1]] = Handle{track.connection, true};
  ++entries_;
  return true;
}

void Conntrack::close_by_reset(const Track& track, Nanoseconds now) {
  if (!track.connection || track.connection->tuples[0].protocol != ir::kProtoTcp) return;
  track.connection->tcp.close();
  track.connection->expires = now + 10 * kSecond;
}

}  // namespace nfproof::sim
