// SPDX-License-Identifier: Apache-2.0
// The connection table and the look-up of a packet.
#include "sim/conntrack.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace nfproof::sim {
namespace {

using ir::CtState;
using ir::Family;
using ir::FieldId;

constexpr Nanoseconds kSecond = 1'000'000'000;
constexpr Nanoseconds kSweepInterval = 10 * kSecond;

bool is_icmp4_error(std::uint8_t type) { return type == 3 || type == 4 || type == 5 || type == 11 || type == 12; }

/// Router and neighbour discovery, multicast listeners: part of the link, not of connections.
bool is_untracked_icmp6(std::uint8_t type) { return (type >= 130 && type <= 136) || type == 143; }

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

std::optional<Conntrack::Handle> Conntrack::find(const Tuple& tuple, Nanoseconds now) {
  const Handle* found = table_.find(tuple);
  if (found == nullptr) return std::nullopt;
  if (found->connection->expires > now) return *found;
  remove(std::shared_ptr(found->connection));
  return std::nullopt;
}

const Connection* Conntrack::look(const Tuple& tuple, Nanoseconds now) const {
  const auto found = table_.find(tuple);
  return found == nullptr || found->connection->expires <= now ? nullptr : found->connection.get();
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
  std::vector<std::shared_ptr<Connection>> over;
  for (const Handle& handle : table_)
    if (handle.connection->expires <= now) over.push_back(handle.connection);
  for (const std::shared_ptr<Connection>& connection : over) remove(connection);
}

bool Conntrack::taken(const Tuple& tuple, const Connection* except) const {
  const auto found = table_.find(tuple);
  return found != nullptr && found->connection.get() != except;
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
      case Step::kIgnore: break;
      case Step::kAccept: {
        ir::Counters& counted = track->connection->counted[track->direction()];
        ++counted.packets;
        counted.bytes += packet.length;
        break;
      }
    }
    if (track->reply) track->connection->status |= ir::kIpsSeenReply;
    return std::move(*track);
  }
  return Track{};
}

bool Conntrack::confirm(const Track& track, Nanoseconds now) {
  if (!track.connection || track.connection->confirmed()) return true;
  Connection& connection = *track.connection;
  if (connection.dead) return true;
  if (find(connection.tuples[0], now) || find(connection.tuples[1], now)) return false;
  connection.status |= ir::kIpsConfirmed;
  table_.insert({track.connection, false});
  table_.insert({track.connection, true});
  ++entries_;
  return true;
}

void Conntrack::close_by_reset(const Track& track, Nanoseconds now) const {
  if (!track.connection || track.connection->tuples[0].protocol != ir::kProtoTcp) return;
  track.connection->tcp.close();
  const auto close = static_cast<std::size_t>(TcpTrack::State::kClose);
  track.connection->expires = now + settings_.tcp.timeouts[close] * kSecond;
}

}  // namespace nfproof::sim
