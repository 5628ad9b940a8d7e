// SPDX-License-Identifier: Apache-2.0
// Sequence numbers after a helper has made the data of a TCP connection longer or shorter
// (net/netfilter/nf_conntrack_seqadj.c).
#pragma once

#include <array>
#include <cstdint>

#include "sim/decode.h"

namespace nfproof::sim {

class SequenceShift {
 public:
  /// Data that begins at `sequence` grew by so many bytes.
  void change(bool reply, std::uint32_t sequence, std::int32_t by);
  [[nodiscard]] bool active() const { return ways_[0].after != 0 || ways_[1].after != 0; }
  /// By how much a number of this direction is moved.
  [[nodiscard]] std::int32_t offset(bool reply, std::uint32_t sequence) const;
  /// Moves sequence numbers, acknowledgements and selective acknowledgements of a segment. False when its header is
  /// not whole.
  [[nodiscard]] bool adjust(DecodedPacket& packet, bool reply) const;

 private:
  struct Way {
    std::uint32_t position = 0;  ///< up to it the old offset holds
    std::int32_t before = 0;
    std::int32_t after = 0;
  };
  [[nodiscard]] std::uint32_t moved_ack(bool reply, std::uint32_t ack) const;

  std::array<Way, 2> ways_;
};

}  // namespace nfproof::sim
