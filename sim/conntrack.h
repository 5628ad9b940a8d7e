// SPDX-License-Identifier: Apache-2.0
// Connection tracking: which connection a packet belongs to and in which state that makes it (net/netfilter/
// nf_conntrack_core.c). A new connection lives only in its packet until `confirm`: dropped before, it never was.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "compiler/ir/field.h"
#include "compiler/ir/ruleset.h"
#include "sim/connection_table.h"
#include "sim/decode.h"
#include "sim/result.h"
#include "sim/settings.h"
#include "sim/track_sctp.h"
#include "sim/track_tcp.h"
#include "sim/tuple.h"

namespace nfproof::sim {

struct Connection {
  std::array<Tuple, 2> tuples;  ///< as packets of the original and of the reply direction look when they arrive
  std::uint32_t status = 0;     ///< ir::kIps...
  std::uint32_t mark = 0;
  Nanoseconds expires = 0;
  bool dead = false;                    ///< removed from the table
  std::array<ir::Counters, 2> counted;  ///< packets and bytes of each direction, those let through unseen left out
  TcpTrack tcp;
  SctpTrack sctp;
  Nanoseconds stream_since = 0;  ///< UDP: from when on answered traffic makes it a stream

  // Translation (sim/nat.h).
  bool source_nat_done = false;
  bool destination_nat_done = false;
  std::string masquerade_interface;

  [[nodiscard]] bool confirmed() const { return (status & ir::kIpsConfirmed) != 0; }
};

/// What a packet carries: its connection, or why it has none.
struct Track {
  std::shared_ptr<Connection> connection;
  ir::CtState state = ir::CtState::kInvalid;
  bool reply = false;  ///< direction of the packet

  [[nodiscard]] std::size_t direction() const { return reply ? 1 : 0; }
};

/// Writes the connection's values into the fields a packet is tested by.
void show_track(const Track& track, Nanoseconds now, ir::Packet& fields);

class Conntrack {
 public:
  explicit Conntrack(const TrackingSettings& settings) : settings_(settings) {}

  /// What PREROUTING (`arriving`) and OUTPUT do before any table but raw.
  [[nodiscard]] Track track(const DecodedPacket& packet, bool arriving, Nanoseconds now);
  /// The packet got through: its connection is entered. False when it has to be dropped: another one came first.
  [[nodiscard]] bool confirm(const Track& track, Nanoseconds now);
  /// REJECT --reject-with tcp-reset closes a connection without touching what else is known of it.
  void close_by_reset(const Track& track, Nanoseconds now) const;

  /// Does a connection other than `except` own this tuple?
  [[nodiscard]] bool taken(const Tuple& tuple, const Connection* except) const;
  /// The connection that owns this tuple in either direction; null when it is gone.
  [[nodiscard]] const Connection* look(const Tuple& tuple, Nanoseconds now) const;
  void remove(const std::shared_ptr<Connection>& connection);
  [[nodiscard]] std::size_t size() const { return entries_; }

 private:
  using Handle = ConnectionHandle;

  [[nodiscard]] std::optional<Handle> find(const Tuple& tuple, Nanoseconds now);
  [[nodiscard]] std::optional<Track> track_icmp(const DecodedPacket& packet, bool arriving, Nanoseconds now);
  [[nodiscard]] std::optional<Track> related(const DecodedPacket& packet, Nanoseconds now);
  /// Looks the packet up, or begins a connection. Nothing: no connection can be made of it.
  [[nodiscard]] std::optional<Track> resolve(const DecodedPacket& packet, Nanoseconds now);
  /// What the protocol says to a packet (`track_protocols.cpp`). kIgnore: accepted, but nothing is learned from it.
  enum class Step { kAccept, kIgnore, kInvalid, kRepeat };
  [[nodiscard]] Step follow(const DecodedPacket& packet, Track& track, bool arriving, Nanoseconds now);
  [[nodiscard]] Step follow_tcp(const DecodedPacket& packet, Track& track, bool arriving, Nanoseconds now);
  [[nodiscard]] Step follow_udp(const DecodedPacket& packet, Track& track, bool arriving, Nanoseconds now) const;
  [[nodiscard]] Step follow_sctp(const DecodedPacket& packet, Track& track, bool arriving, Nanoseconds now) const;
  [[nodiscard]] Step follow_icmp(const DecodedPacket& packet, Track& track, Nanoseconds now) const;
  [[nodiscard]] Step follow_gre(const Track& track, Nanoseconds now) const;
  [[nodiscard]] bool bad_checksum(const DecodedPacket& packet, bool arriving) const;
  void expire(Nanoseconds now);

  TrackingSettings settings_;
  ConnectionTable table_;
  std::size_t entries_ = 0;
  Nanoseconds next_sweep_ = 0;
};

}  // namespace nfproof::sim
