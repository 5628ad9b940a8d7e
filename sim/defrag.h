// SPDX-License-Identifier: Apache-2.0
// Puts fragments together, as connection tracking and local delivery do. Overlapping fragments lose the datagram.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <tuple>
#include <vector>

#include "sim/decode.h"
#include "sim/result.h"

namespace nfproof::sim {

class Defragmenter {
 public:
  /// Would the kernel gather this packet? An IPv6 first fragment without its whole transport header it would not.
  [[nodiscard]] static bool gathers(const DecodedPacket& packet);

  /// Takes a fragment; gives the datagram when it is complete. Marks and interfaces are those of its first fragment.
  [[nodiscard]] std::optional<DecodedPacket> add(const DecodedPacket& fragment, Nanoseconds now);

 private:
  using Key = std::tuple<ir::Family, ir::u128, ir::u128, std::uint8_t, std::uint32_t>;
  struct Piece {
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
    std::vector<std::uint8_t> data;
  };
  struct Queue {
    Nanoseconds expires = 0;
    std::vector<Piece> pieces;  // by offset, disjoint
    std::optional<std::uint32_t> total;
    std::optional<DecodedPacket> first;
    std::uint32_t largest = 0;        // fragment, as a packet
    std::uint32_t largest_uncut = 0;  // of those that may not be cut
    std::uint8_t ecn = 0;             // a bit for each codepoint that was seen
  };
  [[nodiscard]] static bool complete(const Queue& queue);
  /// Nothing: the fragments make no datagram.
  [[nodiscard]] static std::optional<DecodedPacket> join(const Queue& queue);

  std::map<Key, Queue> queues_;
};

}  // namespace nfproof::sim
