// SPDX-License-Identifier: Apache-2.0
// The TCP part of connection tracking: the state machine of net/netfilter/nf_conntrack_proto_tcp.c, with the part of
// window tracking that tells acknowledgements of data never sent; all else counts as in window.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "sim/decode.h"

namespace nfproof::sim {

/// What tracking looks at in a TCP header.
struct TcpSegment {
  bool syn = false, ack = false, fin = false, rst = false;
  std::uint32_t sequence = 0;
  std::uint32_t acknowledgement = 0;
  std::uint32_t end = 0;  ///< sequence number after the segment
};

/// Nothing when the header is cut short or malformed, or has flags that never stand together.
[[nodiscard]] std::optional<TcpSegment> read_segment(const DecodedPacket& packet);

class TcpTrack {
 public:
  enum class State : std::uint8_t {
    kNone,
    kSynSent,
    kSynRecv,
    kEstablished,
    kFinWait,
    kCloseWait,
    kLastAck,
    kTimeWait,
    kClose,
    kSynSent2,
  };
  enum class Outcome : std::uint8_t {
    kAccept,
    kIgnore,  ///< let through, nothing is learned
    kInvalid,
    kRestart,  ///< the old connection is over: forget it and look again
    kEnd,      ///< accepted, and the connection is over
  };
  struct Facts {
    bool reply = false;       ///< direction of the segment
    bool seen_reply = false;  ///< of the connection, before this segment
    bool assured = false;
  };

  /// Begins with the first segment of a connection; false when it cannot begin one.
  [[nodiscard]] bool begin(const TcpSegment& segment);
  [[nodiscard]] Outcome follow(const TcpSegment& segment, const Facts& facts);

  [[nodiscard]] State state() const { return state_; }
  void close() { state_ = State::kClose; }
  /// Did the last accepted segment make the connection assured?
  [[nodiscard]] bool became_assured() const { return became_assured_; }
  /// Seconds until the connection is forgotten when nothing more comes.
  [[nodiscard]] unsigned timeout(bool seen_reply) const;

 private:
  enum class Kind : std::uint8_t { kSyn, kSynAck, kFin, kAck, kRst, kNone };
  struct Side {
    bool started = false;
    bool liberal = false;  ///< picked up in the middle: its numbers prove nothing
    bool close_begun = false;
    bool acked = false;
    std::uint32_t highest_ack = 0;
    std::uint32_t end = 0;
  };

  [[nodiscard]] static Kind kind_of(const TcpSegment& segment);
  [[nodiscard]] static char transition(bool reply, Kind kind, State from);
  [[nodiscard]] Outcome ignore(const TcpSegment& segment, bool reply, Kind kind);
  [[nodiscard]] bool closing() const;
  /// What a reset does that the table lets close the connection.
  struct Reset {
    bool invalid = false;
    bool keeps_state = false;  ///< its sequence number is not exactly the one expected
    bool unseen = false;       ///< its numbers are not looked at
  };
  [[nodiscard]] Reset judge_reset(const TcpSegment& segment, const Facts& facts) const;
  /// False: it acknowledges what nobody has sent.
  [[nodiscard]] bool learn(const TcpSegment& segment, bool reply);

  State state_ = State::kNone;
  std::array<Side, 2> sides_;
  Kind last_kind_ = Kind::kNone;
  bool last_reply_ = false;
  std::uint32_t last_end_ = 0;
  bool simultaneous_open_ = false;
  bool expects_challenge_ = false;
  bool became_assured_ = false;
};

}  // namespace nfproof::sim
