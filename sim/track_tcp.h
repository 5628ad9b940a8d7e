// SPDX-License-Identifier: Apache-2.0
// The TCP part of connection tracking: the state machine of net/netfilter/nf_conntrack_proto_tcp.c. Windows are judged
// in `tcp_window.h`.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "sim/settings.h"
#include "sim/tcp_window.h"

namespace nfproof::sim {

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
    kIgnore,  ///< let through, nothing is learned and nothing counted
    kInvalid,
    kRestart,  ///< the old connection is over: forget it and look again
    kEnd,      ///< accepted, and the connection is over
  };
  struct Facts {
    bool reply = false;       ///< direction of the segment
    bool seen_reply = false;  ///< of the connection, before this segment
    bool assured = false;
    std::int32_t ack_shift = 0;         ///< see TcpWindow::Situation
    std::uint32_t seconds_to_live = 0;  ///< until the connection is forgotten
  };

  explicit TcpTrack() = default;
  /// A connection of which only the state is known: its windows are looked at liberally.
  explicit TcpTrack(State state);

  /// Begins with the first segment of a connection; false when it cannot begin one.
  [[nodiscard]] bool begin(const TcpSegment& segment, const TrackingSettings::Tcp& settings);
  [[nodiscard]] Outcome follow(const TcpSegment& segment, const Facts& facts, const TrackingSettings::Tcp& settings);

  [[nodiscard]] State state() const { return state_; }
  void close() { state_ = State::kClose; }
  /// Did the last segment make the connection assured?
  [[nodiscard]] bool became_assured() const { return became_assured_; }
  /// Seconds until the connection is forgotten when nothing more comes; nothing: the last segment changes it not.
  [[nodiscard]] const std::optional<std::uint32_t>& timeout() const { return timeout_; }

 private:
  enum class Kind : std::uint8_t { kSyn, kSynAck, kFin, kAck, kRst, kNone };

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
  [[nodiscard]] Reset judge_reset(const TcpSegment& segment, const Facts& facts,
                                  const TrackingSettings::Tcp& settings) const;
  void notice_repetition(const TcpSegment& segment, const Facts& facts, Kind kind);
  void notice_invalid(Kind kind, const Facts& facts, const TrackingSettings::Tcp& settings);
  [[nodiscard]] std::uint32_t timeout_in(State state, Kind kind, const TrackingSettings::Tcp& settings) const;

  State state_ = State::kNone;
  TcpWindow window_;
  Kind last_kind_ = Kind::kNone;
  bool last_reply_ = false;
  std::uint32_t last_sequence_ = 0;
  std::uint32_t last_ack_ = 0;
  std::uint32_t last_end_ = 0;
  std::uint16_t last_window_ = 0;
  std::uint32_t repetitions_ = 0;
  bool simultaneous_open_ = false;
  bool expects_challenge_ = false;
  bool became_assured_ = false;
  std::optional<std::uint32_t> timeout_;
  TcpSide ignored_syn_;  ///< what the client will be when the server answers a SYN that was let through
};

/// As conntrack(8) spells it: SYN_SENT, ESTABLISHED...
[[nodiscard]] std::string_view tcp_state_name(TcpTrack::State state);
[[nodiscard]] std::optional<TcpTrack::State> find_tcp_state(std::string_view name);

}  // namespace nfproof::sim
