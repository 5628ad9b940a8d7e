// SPDX-License-Identifier: Apache-2.0
// The SCTP part of connection tracking (net/netfilter/nf_conntrack_proto_sctp.c).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "sim/decode.h"

namespace nfproof::sim {

class SctpTrack {
 public:
  enum class State : std::uint8_t {
    kNone,
    kClosed,
    kCookieWait,
    kCookieEchoed,
    kEstablished,
    kShutdownSent,
    kShutdownReceived,
    kShutdownAckSent,
    kHeartbeatSent,
  };

  SctpTrack() = default;
  /// A connection of which only the state is known.
  explicit SctpTrack(State state) : state_(state) {}

  /// False: the packet is INVALID. `confirmed`: the connection is known already.
  [[nodiscard]] bool follow(const DecodedPacket& packet, bool reply, bool confirmed);
  [[nodiscard]] bool established() const { return became_established_; }
  /// Was the last packet let through without being counted or prolonging the connection?
  [[nodiscard]] bool ignored() const { return ignored_; }
  [[nodiscard]] State state() const { return state_; }

 private:
  struct Chunk {
    std::uint8_t type = 0;
    std::uint8_t flags = 0;
    std::size_t offset = 0;
  };

  [[nodiscard]] bool begin(ByteView packet, std::uint32_t tag, const std::vector<Chunk>& chunks);
  enum class Tag { kFits, kIgnored, kWrong };
  [[nodiscard]] Tag judge_tag(const Chunk& chunk, std::uint32_t tag, std::size_t direction, bool strict);
  [[nodiscard]] Tag judge_heartbeat(const Chunk& chunk, std::uint32_t tag, std::size_t direction, bool strict);
  [[nodiscard]] bool note_init(ByteView packet, const Chunk& chunk, std::size_t direction);

  State state_ = State::kNone;
  std::array<std::uint32_t, 2> tags_{};
  std::array<bool, 2> init_{};
  bool heartbeat_failed_ = false;  ///< one with a wrong tag was seen, from `failed_direction_`
  std::size_t failed_direction_ = 0;
  bool became_established_ = false;
  bool ignored_ = false;
};

/// As conntrack(8) spells it: CLOSED, ESTABLISHED...
[[nodiscard]] std::string_view sctp_state_name(SctpTrack::State state);
[[nodiscard]] std::optional<SctpTrack::State> find_sctp_state(std::string_view name);

}  // namespace nfproof::sim
