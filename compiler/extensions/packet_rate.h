// SPDX-License-Identifier: Apache-2.0
// Rates in packets, `N` or `N/UNIT`, as `limit` and `hashlimit` read and print them (libxt_limit.c, libxt_hashlimit.c).
// The tool turns a rate into the cost of one packet in parts of a second and prints the rate that this cost stands for,
// so that `3000/sec` may come back as `3333/sec`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace nfproof::compiler {

struct PacketRate {
  std::uint64_t count = 0;
  std::uint64_t unit_seconds = 1;

  /// Of one packet, in 1/`scale` s. Nothing for a rate above `scale` packets a second, which no cost stands for.
  [[nodiscard]] std::optional<std::uint64_t> cost(std::uint64_t scale) const;
};

/// Units may be cut short (`3/m`); without one it is packets a second. Nothing when it is no such rate, or 0, or more
/// than 32 bits.
[[nodiscard]] std::optional<PacketRate> parse_packet_rate(std::string_view text);
/// The rate that iptables-save shows for a cost in 1/`scale` s.
[[nodiscard]] PacketRate rate_of_cost(std::uint64_t cost, std::uint64_t scale);
/// `3/hour`
[[nodiscard]] std::string packet_rate_text(const PacketRate& rate);

}  // namespace nfproof::compiler
