// SPDX-License-Identifier: Apache-2.0
// The window part of TCP tracking (tcp_in_window of net/netfilter/nf_conntrack_proto_tcp.c): what each side may send
// and acknowledge, learned from what was seen of both. Knows no states but whether the connection is still opening.
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
  std::uint32_t end = 0;   ///< sequence number after the segment
  std::uint32_t sack = 0;  ///< the highest right edge that is acknowledged selectively, or the acknowledgement itself
  std::uint16_t window = 0;
  std::uint8_t header_size = 20;
  ByteView options;  ///< those that the capture has
};

/// Nothing when the header is cut short or malformed, or has flags that never stand together.
[[nodiscard]] std::optional<TcpSegment> read_segment(const DecodedPacket& packet);
/// The same of an IP packet with the transport header at that offset, in place. `length`: of the whole packet.
[[nodiscard]] bool read_segment(ByteView ip, std::size_t transport, std::uint32_t length, TcpSegment& segment);

/// One side of a connection, as a sender of segments and as their receiver.
struct TcpSide {
  std::uint32_t end = 0;          ///< highest sequence number sent, plus one
  std::uint32_t highest_end = 0;  ///< up to which the other side lets it send
  std::uint32_t window = 0;       ///< largest window it has offered; 0: nothing seen of it yet
  std::uint32_t highest_ack = 0;
  std::uint8_t scale = 0;
  bool scaling = false;  ///< it offered window scaling
  bool sack = false;     ///< it takes selective acknowledgements
  bool liberal = false;  ///< picked up in the middle: its numbers prove nothing
  bool acked = false;    ///< `highest_ack` is set
  bool unacknowledged = false;
  bool close_begun = false;  ///< it was the first to close

  /// Takes scale and flags from the options of a SYN.
  void take_options(ByteView options);
};

class TcpWindow {
 public:
  enum class Verdict : std::uint8_t {
    kInside,
    kTolerated,  ///< outside, but windows are looked at liberally
    kIgnore,     ///< old or a little too much: let through, the state stays
    kInvalid,
  };
  /// What of the connection the check depends on.
  struct Situation {
    bool reply = false;     ///< direction of the segment
    bool syn_sent = false;  ///< the states of an opening connection
    bool syn_received = false;
    bool be_liberal = false;     ///< the setting
    std::int32_t ack_shift = 0;  ///< by how much the acknowledgement was changed by translated payloads
  };

  /// Begins with the first segment of a connection.
  void begin(const TcpSegment& segment);
  [[nodiscard]] Verdict check(const TcpSegment& segment, const Situation& situation);
  /// A SYN that was let through unseen turned out to be right: its side begins anew with it, the other with nothing.
  void restart(bool reply, const TcpSide& remembered);

  [[nodiscard]] TcpSide& side(bool reply) { return sides_[reply ? 1 : 0]; }
  [[nodiscard]] const TcpSide& side(bool reply) const { return sides_[reply ? 1 : 0]; }

 private:
  void begin_sender(TcpSide& sender, TcpSide& receiver, const TcpSegment& segment, bool reply);
  /// True: nothing is left to be checked.
  [[nodiscard]] bool introduce(const TcpSegment& segment, const Situation& situation, std::uint32_t sack);

  std::array<TcpSide, 2> sides_;
};

/// Sequence numbers go round.
[[nodiscard]] inline bool before(std::uint32_t a, std::uint32_t b) { return static_cast<std::int32_t>(a - b) < 0; }

}  // namespace nfproof::sim
