// SPDX-License-Identifier: Apache-2.0
// The settings of connection tracking by the names that sysctl(8) knows them by (net.netfilter.nf_conntrack_...), with
// the kernel's defaults. `set` reads one; every other file of the simulator only looks.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace nfproof::sim {

/// Timeouts are in seconds.
struct TrackingSettings {
  bool checksum = true;     ///< a wrong transport checksum makes an arriving packet INVALID
  bool accounting = false;  ///< shows the packets and bytes of connections in a listing

  struct Tcp {
    bool be_liberal = false;  ///< only resets are held against the window
    bool loose = true;        ///< connections are picked up in the middle
    bool ignore_invalid_rst = false;
    std::uint32_t max_retrans = 3;
    /// By the order of TcpTrack::State; NONE has that of SYN_SENT.
    std::array<std::uint32_t, 10> timeouts = {120, 120, 60, 432000, 120, 60, 30, 120, 10, 120};
    std::uint32_t timeout_retrans = 300;
    std::uint32_t timeout_unacknowledged = 300;
  } tcp;

  std::uint32_t udp_timeout = 30;  ///< of UDP-Lite too
  std::uint32_t udp_timeout_stream = 120;
  std::uint32_t icmp_timeout = 30;
  std::uint32_t icmpv6_timeout = 30;
  std::uint32_t gre_timeout = 30;
  std::uint32_t gre_timeout_stream = 180;
  std::uint32_t generic_timeout = 600;
  /// By the order of SctpTrack::State; NONE has that of CLOSED.
  std::array<std::uint32_t, 9> sctp_timeouts = {10, 10, 3, 3, 210, 3, 3, 3, 30};

  /// `key` with or without `net.netfilter.` (or its path with slashes). Empty when it was taken, else what is wrong.
  [[nodiscard]] std::string set(std::string_view key, std::string_view value);
};

/// The names that `set` knows, separated by commas.
[[nodiscard]] std::string tracking_setting_names();

}  // namespace nfproof::sim
