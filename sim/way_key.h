// SPDX-License-Identifier: Apache-2.0
// What decides the way of a packet through the hooks, besides its connection and direction, when all tests that it
// meets are steady (`steady.h`). A connection keeps the number of the last key and way in each direction.
#pragma once

#include <cstdint>

namespace nfproof::sim {

struct WayKey {
  std::uint32_t mark = 0;     ///< of the packet as it arrives
  std::uint32_t ct_mark = 0;  ///< of the connection before the packet
  std::uint32_t status = 0;   ///< of the connection after tracking, as far as rules test it
  std::uint16_t in = 0;       ///< number of the interface it arrives on
  std::uint8_t state = 0;     ///< ir::CtState
  std::uint8_t direction = 0;
  std::uint8_t packet_type = 0;
  std::uint8_t tcp_flags = 0;  ///< their class
  std::uint8_t tos = 0;        ///< its class
  friend bool operator==(const WayKey&, const WayKey&) = default;

  /// Without what tracking finds out.
  [[nodiscard]] bool same_arrival(const WayKey& other) const {
    return mark == other.mark && in == other.in && direction == other.direction && packet_type == other.packet_type &&
           tcp_flags == other.tcp_flags && tos == other.tos;
  }
};

/// A number in `KnownWays`.
using WayNumber = std::uint32_t;
inline constexpr WayNumber kNoWay = 0xffffffff;

}  // namespace nfproof::sim
