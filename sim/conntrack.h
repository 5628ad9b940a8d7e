// SPDX-License-Identifier: Apache-2.0
// Connection tracking: which connection a packet belongs to and in which state that makes it (net/netfilter/
// nf_conntrack_core.c). A new connection lives only in its packet until `confirm`: dropped before, it never was.
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "compiler/ir/field.h"
#include "compiler/ir/ruleset.h"
#include "sim/connection_table.h"
#include "sim/conntrack_text.h"
#include "sim/decode.h"
#include "sim/expectation.h"
#include "sim/huge_pages.h"
#include "sim/result.h"
#include "sim/sequence_shift.h"
#include "sim/settings.h"
#include "sim/track_sctp.h"
#include "sim/track_tcp.h"
#include "sim/tuple.h"
#include "sim/way_key.h"

namespace nfproof::sim {

enum class HelperKind : std::uint8_t { kNone, kFtp, kTftp, kOther };

/// Where lines of the control connection ended.
struct FtpMemory {
  std::array<std::uint32_t, 2> line_ends{};
  std::uint8_t known = 0;
};

/// What a helper keeps of a connection.
struct Helping {
  HelperKind kind = HelperKind::kNone;
  std::string name;
  std::array<FtpMemory, 2> ftp;  ///< by direction
  SequenceShift shift;
};

/// What most packets look at comes first, in as few cache lines as can be.
struct alignas(64) Connection {
  std::array<Tuple, 2> tuples;  ///< as packets of the original and of the reply direction look when they arrive
  Nanoseconds expires = 0;
  std::uint32_t status = 0;  ///< ir::kIps...
  std::uint32_t mark = 0;
  std::array<WayNumber, 2> known{kNoWay, kNoWay};  ///< the last way of packets of each direction
  std::array<ir::Counters, 2> counted;  ///< packets and bytes of each direction, those let through unseen left out
  std::unique_ptr<Helping> helping;     ///< CT --helper gave it one
  bool dead = false;                    ///< removed from the table
  bool source_nat_done = false;         ///< see sim/nat.h
  bool destination_nat_done = false;
  TcpTrack tcp;
  Nanoseconds stream_since = 0;  ///< UDP: from when on answered traffic makes it a stream

  SctpTrack sctp;
  std::uint64_t serial = 0;            ///< connections are numbered in the order in which they were confirmed
  std::bitset<128> labels;             ///< connlabel
  std::shared_ptr<Connection> master;  ///< a helper expected it because of that connection
  std::string masquerade_interface;    ///< see sim/nat.h

  [[nodiscard]] bool confirmed() const { return (status & ir::kIpsConfirmed) != 0; }
};

/// What a packet carries: its connection, or why it has none.
struct Track {
  std::shared_ptr<Connection> connection = nullptr;
  ir::CtState state = ir::CtState::kInvalid;
  bool reply = false;                                  ///< direction of the packet
  bool error = false;                                  ///< an ICMP error about the connection
  const ir::TrackAs* treatment = nullptr;              ///< what CT of the raw table said, before the packet is tracked
  std::optional<Expectation> expected = std::nullopt;  ///< it began the connection that was expected like this

  [[nodiscard]] std::size_t direction() const { return reply ? 1 : 0; }
};

/// Writes the connection's values into the fields a packet is tested by.
void show_track(const Track& track, Nanoseconds now, ir::Packet& fields);

struct Preview;

class Conntrack {
 public:
  explicit Conntrack(const TrackingSettings& settings) : settings_(settings) {}

  /// What PREROUTING (`arriving`) and OUTPUT do before any table but raw.
  [[nodiscard]] Track track(const DecodedPacket& packet, const ir::TrackAs* treatment, bool arriving, Nanoseconds now);
  /// A packet that will come soon, and one that will come sooner: what it needs is fetched.
  void prepare(const Preview* soon, const Preview* next) const;
  /// What `track` would do to the packet of a known connection, in two steps. First its connection, if there is one
  /// that lives; it is not touched.
  [[nodiscard]] const ConnectionHandle* recognise(const Preview& packet, Nanoseconds now);
  /// Then what the packet does to it. kBelongs: the packet belongs to it, and it stays where it is. kOther: `track` has
  /// the answer. kAgain: the connection is gone, and `track` has to begin another one.
  enum class Followed : std::uint8_t { kBelongs, kOther, kAgain };
  [[nodiscard]] Followed follow_known(const Preview& packet, const ConnectionHandle& handle, bool arriving,
                                      Nanoseconds now, std::optional<Track>& track);
  /// The state of a packet by its connection as it was before.
  [[nodiscard]] static ir::CtState state_of(const ConnectionHandle& handle);
  /// The packet got through: its connection is entered, unless it only answers the first. False when it has to be
  /// dropped: another one came first.
  [[nodiscard]] bool confirm(const Track& track, Nanoseconds now);
  /// REJECT --reject-with tcp-reset closes a connection without touching what else is known of it.
  void close_by_reset(const Track& track, Nanoseconds now) const;

  /// Does a connection other than `except` own this tuple?
  [[nodiscard]] bool taken(const Tuple& tuple, const Connection* except) const;
  /// The connection that owns this tuple in either direction; null when it is gone.
  [[nodiscard]] const Connection* look(const Tuple& tuple, Nanoseconds now) const;
  void remove(const std::shared_ptr<Connection>& connection);
  [[nodiscard]] ChecksumCount checksums(bool sent) const { return checksums_[sent ? 1 : 0]; }
  [[nodiscard]] Expectations& expectations() { return expectations_; }
  [[nodiscard]] std::size_t size() const { return entries_; }
  /// Those that live at that time, oldest first.
  [[nodiscard]] std::vector<ConnectionEntry> list(Nanoseconds now) const;
  /// Lets all connections live longer by that much.
  void shift_time(Nanoseconds by);
  /// Enters a connection of a listing. False when another one is in its way.
  bool restore(const ConnectionEntry& entry, Nanoseconds now);

 private:
  using Handle = ConnectionHandle;

  /// The zones that a packet looks its connection up in: one for each direction of the connection.
  struct Zones {
    std::uint16_t original = 0;
    std::uint16_t reply = 0;
  };
  [[nodiscard]] static Zones zones_of(const ir::TrackAs* treatment, const DecodedPacket& packet);

  [[nodiscard]] std::optional<Handle> find(const Tuple& tuple, Nanoseconds now);
  [[nodiscard]] std::optional<Handle> find(Tuple tuple, Zones zones, Nanoseconds now);
  [[nodiscard]] std::optional<Track> track_icmp(const DecodedPacket& packet, Zones zones, bool arriving,
                                                Nanoseconds now);
  [[nodiscard]] std::optional<Track> related(const DecodedPacket& packet, Zones zones, Nanoseconds now);
  /// Looks the packet up, or begins a connection. Nothing: no connection can be made of it.
  [[nodiscard]] std::optional<Track> resolve(const DecodedPacket& packet, const ir::TrackAs* treatment, Zones zones,
                                             Nanoseconds now);
  [[nodiscard]] Track begin(const Tuple& tuple, const Tuple& answer, const ir::TrackAs* treatment, Nanoseconds now);
  /// What the protocol says to a packet (`track_protocols.cpp`). kIgnore: accepted, but nothing is learned from it.
  /// kEnd: accepted, and the connection is over.
  enum class Step { kAccept, kIgnore, kInvalid, kRepeat, kEnd };
  [[nodiscard]] Step follow(const DecodedPacket& packet, Track& track, bool arriving, Nanoseconds now);
  [[nodiscard]] Step follow(const Preview& packet, const Handle& handle, bool arriving, Nanoseconds now);
  [[nodiscard]] Step follow_tcp(const DecodedPacket& packet, Track& track, bool arriving, Nanoseconds now);
  [[nodiscard]] Step advance_tcp(const TcpSegment& segment, Connection& connection, bool reply, Nanoseconds now) const;
  [[nodiscard]] Step follow_udp(const DecodedPacket& packet, Track& track, bool arriving, Nanoseconds now);
  [[nodiscard]] Step advance_udp(bool lite, Connection& connection, Nanoseconds now) const;
  [[nodiscard]] Step follow_sctp(const DecodedPacket& packet, Track& track, bool arriving, Nanoseconds now);
  [[nodiscard]] Step follow_icmp(ir::Family family, std::uint8_t protocol, Connection& connection,
                                 Nanoseconds now) const;
  [[nodiscard]] Step follow_gre(const Track& track, Nanoseconds now) const;
  /// Counts a packet for its connection. False: it is not let through as one of it.
  [[nodiscard]] static bool count(Step step, Connection& connection, bool reply, std::uint32_t length);
  [[nodiscard]] bool bad_checksum(const DecodedPacket& packet, bool arriving);
  [[nodiscard]] bool looks_at_checksum(bool cut_short, bool arriving) const;
  [[nodiscard]] bool note_checksum(bool wrong, bool arriving);
  void expire(Nanoseconds now);

  TrackingSettings settings_;
  void enter(const std::shared_ptr<Connection>& connection);

  [[nodiscard]] std::shared_ptr<Connection> make_connection() const {
    return std::allocate_shared<Connection>(PoolAllocator<Connection>(pool_));
  }

  std::shared_ptr<Pool> pool_ = std::make_shared<Pool>();
  ConnectionTable table_;
  Expectations expectations_;
  std::array<ChecksumCount, 2> checksums_;  // of arriving packets, of those sent
  std::size_t entries_ = 0;
  std::uint64_t next_serial_ = 0;
  std::size_t crowded_ = 0;  // with so many entries a sweep is worthwhile
  Nanoseconds next_sweep_ = 0;
  Nanoseconds last_sweep_ = 0;
  Nanoseconds now_ = 0;  // of the last packet
};

}  // namespace nfproof::sim
