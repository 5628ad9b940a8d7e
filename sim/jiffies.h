// SPDX-License-Identifier: Apache-2.0
// The clock that the kernel's rate limits and lists run on: it ticks `HZ` times in a second.
#pragma once

#include <cstdint>

namespace nfproof::sim {

/// Ticks since the first packet.
using Jiffies = std::uint64_t;

/// `msecs_to_jiffies`: rounds up.
[[nodiscard]] constexpr Jiffies jiffies_of_ms(std::uint64_t ms, std::uint32_t hz) { return (ms * hz + 999) / 1000; }

/// `POW2_BELOW`: the largest power of two that is not above `most`.
[[nodiscard]] constexpr std::uint64_t power_below(std::uint64_t most) {
  std::uint64_t power = 1;
  while (power <= most / 2) power *= 2;
  return power;
}

}  // namespace nfproof::sim
