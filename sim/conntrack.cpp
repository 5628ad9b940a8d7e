// SPDX-License-Identifier: Apache-2.0
// The connection table and the look-up of a packet.
#include "sim/conntrack.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "sim/helper.h"
#include "sim/preview.h"

namespace nfproof::sim {
namespace {

// Bits of the status that only exact comparisons see (include/uapi/linux/netfilter/nf_conntrack_common.h).
constexpr std::uint32_t kIpsSrcNatDone = 1U << 7;  // also when there was nothing to translate
constexpr std::uint32_t kIpsDstNatDone = 1U << 8;
constexpr std::uint32_t kIpsDying = 1U << 9;  // the packet that ends a connection still has it

using ir::CtState;
using ir::Family;
using ir::FieldId;

constexpr Nanoseconds kSecond = 1'000'000'000;
constexpr Nanoseconds kSweepInterval = 10 * kSecond;
constexpr Nanoseconds kLongestRest = 60 * kSecond;

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

/// For one handle of each connection. NAT may give both directions the same tuple; that of replies is then all there
/// is.
bool stands_for_connection(const ConnectionHandle& handle) {
  const auto& tuples = handle.connection->tuples;
  return !handle.reply || tuples[0] == tuples[1];
}

}  // namespace

void show_track(const Track& track, Nanoseconds now, ir::Packet& fields) {
  fields.set(FieldId::kCtState, static_cast<unsigned>(track.state));
  if (!track.connection) return;
  const Connection& connection = *track.connection;
  fields.set(FieldId::kCtStatus, connection.status | (connection.source_nat_done ? kIpsSrcNatDone : 0) |
                                     (connection.destination_nat_done ? kIpsDstNatDone : 0));
  fields.set(FieldId::kCtMark, connection.mark);
  fields.set(FieldId::kCtDirection, track.reply ? 1 : 0);
  // The time of a connection runs from when it is confirmed.
  const Nanoseconds left = connection.confirmed() ? std::max<Nanoseconds>(connection.expires - now, 0) : 0;
  fields.set(FieldId::kCtExpiration, static_cast<unsigned>(left / kSecond));
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

std::optional<Conntrack::Handle> Conntrack::find(Tuple tuple, Zones zones, Nanoseconds now) {
  const bool one_zone = zones.original == zones.reply;
  tuple.zone = zones.original;
  if (const auto handle = find(tuple, now); handle && (one_zone || !handle->reply)) return handle;
  if (one_zone) return std::nullopt;
  tuple.zone = zones.reply;
  const auto handle = find(tuple, now);
  return handle && handle->reply ? handle : std::nullopt;
}

Conntrack::Zones Conntrack::zones_of(const ir::TrackAs* treatment, const DecodedPacket& packet) {
  if (treatment == nullptr || treatment->zone == ir::TrackAs::Zone::kNone) return {};
  const auto zone = treatment->zone_from_mark ? static_cast<std::uint16_t>(packet.fields.get_or(FieldId::kMark, 0))
                                              : treatment->zone_id;
  return {.original = treatment->zone == ir::TrackAs::Zone::kReply ? std::uint16_t{0} : zone,
          .reply = treatment->zone == ir::TrackAs::Zone::kOriginal ? std::uint16_t{0} : zone};
}

void Conntrack::remove(const std::shared_ptr<Connection>& connection) {
  if (connection->dead) return;
  connection->dead = true;
  connection->status |= kIpsDying;
  if (connection->helping) expectations_.forget(*connection);
  if (!connection->confirmed()) return;
  table_.erase(connection->tuples[0]);
  table_.erase(connection->tuples[1]);
  --entries_;
}

/// Connections that are over are seen to be by their time wherever they are met, so it is only memory that waits for
/// this: it comes when there are a quarter more of them than were left the last time, or after a minute.
void Conntrack::expire(Nanoseconds now) {
  now_ = now;
  if (now < next_sweep_ || (entries_ < crowded_ && now < last_sweep_ + kLongestRest)) return;
  next_sweep_ = now + kSweepInterval;
  last_sweep_ = now;
  std::vector<std::shared_ptr<Connection>> over;
  ConnectionTable::Iterator ahead = table_.begin();  // so far that what it fetches is there when it is looked at
  constexpr int kAhead = 12;
  for (int i = 0; i < kAhead && ahead != table_.end(); ++i) ++ahead;
  for (const Handle& handle : table_) {
    if (ahead != table_.end()) {
      const Connection* connection = (*ahead).connection.get();
      __builtin_prefetch(&connection->tuples);
      __builtin_prefetch(&connection->expires);
      ++ahead;
    }
    if (handle.connection->expires <= now) over.push_back(handle.connection);
  }
  for (std::size_t i = 0; i < over.size(); ++i) {
    if (i + kAhead < over.size())
      for (const Tuple& tuple : over[i + kAhead]->tuples) table_.fetch_slot(ConnectionTable::hash_of(tuple));
    remove(over[i]);
  }
  constexpr std::size_t kFew = 4096;
  crowded_ = std::max(kFew, entries_ + entries_ / 4);
}

bool Conntrack::taken(const Tuple& tuple, const Connection* except) const {
  const auto found = table_.find(tuple);
  return found != nullptr && found->connection.get() != except && found->connection->expires > now_;
}

std::optional<Track> Conntrack::related(const DecodedPacket& packet, Zones zones, Nanoseconds now) {
  const auto quoted = tuple_at(packet.bytes, packet.transport + 8, packet.family());
  const auto wanted = quoted ? inverted(*quoted) : std::nullopt;
  const auto handle = wanted ? find(*wanted, zones, now) : std::nullopt;
  if (!handle) return std::nullopt;
  const Tuple& direction = handle->connection->tuples[handle->reply ? 1 : 0];
  if (packet.fields.destination() != direction.destination) return std::nullopt;
  return Track{.connection = handle->connection, .state = CtState::kRelated, .reply = handle->reply, .error = true};
}

/// Nothing: ICMP that is tracked like any other protocol.
std::optional<Track> Conntrack::track_icmp(const DecodedPacket& packet, Zones zones, bool arriving, Nanoseconds now) {
  const bool v4 = packet.family() == Family::kIpv4;
  if (packet.protocol() != (v4 ? ir::kProtoIcmp : ir::kProtoIcmp6)) return std::nullopt;
  if (!packet.has_transport(8) || bad_checksum(packet, arriving)) return Track{};
  const std::uint8_t type = packet.bytes[packet.transport];
  if (!v4 && is_untracked_icmp6(type)) return Track{.state = CtState::kUntracked};
  if (v4 && type > 18) return Track{};
  const bool error = v4 ? is_icmp4_error(type) : type < 128;
  if (!error) return std::nullopt;
  return related(packet, zones, now).value_or(Track{});
}

CtState Conntrack::state_of(const ConnectionHandle& handle) {
  const std::uint32_t status = handle.connection->status;
  if (handle.reply || (status & ir::kIpsSeenReply) != 0) return CtState::kEstablished;
  return (status & ir::kIpsExpected) != 0 ? CtState::kRelated : CtState::kNew;
}

std::optional<Track> Conntrack::resolve(const DecodedPacket& packet, const ir::TrackAs* treatment, Zones zones,
                                        Nanoseconds now) {
  auto tuple = tuple_at(packet.bytes, 0, packet.family());
  if (!tuple) return std::nullopt;
  if (const auto handle = find(*tuple, zones, now))
    return Track{.connection = handle->connection, .state = state_of(*handle), .reply = handle->reply};
  auto answer = inverted(*tuple);
  if (!answer) return std::nullopt;
  tuple->zone = zones.original;
  answer->zone = zones.reply;
  return begin(*tuple, *answer, treatment, now);
}

/// A connection that was expected takes its master's mark; one that was not may get a helper.
Track Conntrack::begin(const Tuple& tuple, const Tuple& answer, const ir::TrackAs* treatment, Nanoseconds now) {
  auto connection = make_connection();
  connection->tuples = {tuple, answer};
  Track track{.connection = connection, .state = CtState::kNew, .expected = expectations_.take(tuple, now)};
  if (track.expected) {
    connection->master = track.expected->master;
    connection->mark = connection->master->mark;
    connection->status |= ir::kIpsExpected;
    track.state = CtState::kRelated;
  } else if (treatment != nullptr && !treatment->helper.empty()) {
    connection->helping = std::make_unique<Helping>();
    connection->helping->name = treatment->helper;
    connection->helping->kind = helper_kind(treatment->helper);
  }
  return track;
}

Track Conntrack::track(const DecodedPacket& packet, const ir::TrackAs* treatment, bool arriving, Nanoseconds now) {
  expire(now);
  const bool no_transport = packet.broken_chain || packet.fragment_offset != 0 ||
                            (packet.family() == Family::kIpv6 && packet.protocol() == 59);
  if (no_transport) return Track{};
  const Zones zones = zones_of(treatment, packet);
  if (const auto icmp = track_icmp(packet, zones, arriving, now)) return *icmp;
  for (int attempt = 0; attempt < 2; ++attempt) {
    auto track = resolve(packet, treatment, zones, now);
    if (!track) return Track{};
    const Step step = follow(packet, *track, arriving, now);
    if (step == Step::kRepeat || step == Step::kEnd) remove(track->connection);
    if (step == Step::kRepeat) continue;
    return count(step, *track->connection, track->reply, packet.length) ? std::move(*track) : Track{};
  }
  return Track{};
}

bool Conntrack::count(Step step, Connection& connection, bool reply, std::uint32_t length) {
  if (step == Step::kInvalid) return false;
  if (step != Step::kIgnore) {
    ir::Counters& counted = connection.counted[reply ? 1 : 0];
    ++counted.packets;
    counted.bytes += length;
  }
  if (reply) connection.status |= ir::kIpsSeenReply;
  return true;
}

void Conntrack::prepare(const Preview* soon, const Preview* next) const {
  if (soon != nullptr && soon->plain) table_.fetch_slot(soon->hash);
  if (next == nullptr || !next->plain || table_.fetch_connection(next->hash)) return;
  // It begins a connection: answers will be entered, too, and its bytes looked at.
  if (const auto answer = inverted(next->tuple)) table_.fetch_slot(ConnectionTable::hash_of(*answer));
  if (next->tuple.protocol == ir::kProtoTcp) {
    constexpr int kLine = 64;
    const std::uint8_t* end = next->segment.options.data();
    for (const std::uint8_t* at : {end - kLine, end}) __builtin_prefetch(at);
  }
}

const ConnectionHandle* Conntrack::recognise(const Preview& packet, Nanoseconds now) {
  expire(now);
  const Handle* found = table_.find(packet.tuple, packet.hash);
  return found != nullptr && found->connection->expires > now ? found : nullptr;
}

Conntrack::Followed Conntrack::follow_known(const Preview& packet, const ConnectionHandle& handle, bool arriving,
                                            Nanoseconds now, std::optional<Track>& track) {
  const CtState state = state_of(handle);
  const Step step = follow(packet, handle, arriving, now);
  if (step == Step::kRepeat || step == Step::kEnd) {
    track = Track{.connection = handle.connection, .state = state, .reply = handle.reply};
    remove(track->connection);  // `handle` is gone
    if (step == Step::kRepeat) track.reset();
    if (!track) return Followed::kAgain;
    static_cast<void>(count(step, *track->connection, track->reply, packet.length));
    return Followed::kOther;
  }
  if (count(step, *handle.connection, handle.reply, packet.length)) return Followed::kBelongs;
  track = Track{};
  return Followed::kOther;
}

bool Conntrack::confirm(const Track& track, Nanoseconds now) {
  if (!track.connection || track.reply || track.connection->confirmed()) return true;
  Connection& connection = *track.connection;
  if (connection.dead) return true;
  if (find(connection.tuples[0], now) || find(connection.tuples[1], now)) return false;
  enter(track.connection);
  return true;
}

void Conntrack::enter(const std::shared_ptr<Connection>& connection) {
  connection->status |= ir::kIpsConfirmed;
  connection->serial = next_serial_++;
  table_.insert({connection, false});
  table_.insert({connection, true});
  ++entries_;
}

std::vector<ConnectionEntry> Conntrack::list(Nanoseconds now) const {
  std::vector<const Connection*> alive;
  for (const Handle& handle : table_)
    if (stands_for_connection(handle) && handle.connection->expires > now) alive.push_back(handle.connection.get());
  std::sort(alive.begin(), alive.end(), [](const auto* a, const auto* b) { return a->serial < b->serial; });
  std::vector<ConnectionEntry> entries;
  for (const Connection* connection : alive) {
    ConnectionEntry entry{.tuples = connection->tuples,
                          .seconds = static_cast<std::uint32_t>((connection->expires - now) / kSecond),
                          .state = {},
                          .status = connection->status,
                          .mark = connection->mark,
                          .counters = settings_.accounting,
                          .counted = connection->counted,

                          .helper = connection->helping ? connection->helping->name : std::string()};
    const std::uint8_t protocol = connection->tuples[0].protocol;
    if (protocol == ir::kProtoTcp) entry.state = tcp_state_name(connection->tcp.state());
    if (protocol == ir::kProtoSctp) entry.state = sctp_state_name(connection->sctp.state());
    entries.push_back(std::move(entry));
  }
  return entries;
}

void Conntrack::shift_time(Nanoseconds by) {
  for (const Handle& handle : table_)
    if (stands_for_connection(handle)) handle.connection->expires += by;
}

bool Conntrack::restore(const ConnectionEntry& entry, Nanoseconds now) {
  if (find(entry.tuples[0], now) || find(entry.tuples[1], now)) return false;
  auto connection = make_connection();
  connection->tuples = entry.tuples;
  connection->status = entry.status;
  connection->mark = entry.mark;
  connection->counted = entry.counted;
  connection->expires = now + entry.seconds * kSecond;
  connection->source_nat_done = connection->destination_nat_done = true;
  if (!entry.helper.empty()) {
    connection->helping = std::make_unique<Helping>();
    connection->helping->name = entry.helper;
    connection->helping->kind = helper_kind(entry.helper);
  }
  if (const auto state = find_tcp_state(entry.state)) connection->tcp = TcpTrack(*state);
  if (const auto state = find_sctp_state(entry.state)) connection->sctp = SctpTrack(*state);
  enter(connection);
  return true;
}

void Conntrack::close_by_reset(const Track& track, Nanoseconds now) const {
  if (!track.connection || track.connection->tuples[0].protocol != ir::kProtoTcp) return;
  track.connection->tcp.close();
  const auto close = static_cast<std::size_t>(TcpTrack::State::kClose);
  track.connection->expires = now + settings_.tcp.timeouts[close] * kSecond;
}

}  // namespace nfproof::sim
