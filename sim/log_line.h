// SPDX-License-Identifier: Apache-2.0
// The line that a LOG rule writes into the kernel's log (net/netfilter/nf_log_syslog.c), byte for byte, but for what no
// capture knows: the user and group of the socket (`--log-uid`).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sim/decode.h"

namespace nfproof::sim {

/// Bits of `ir::Log::flags` (include/uapi/linux/netfilter/nf_log.h).
inline constexpr std::uint8_t kLogTcpSequence = 0x01;
inline constexpr std::uint8_t kLogTcpOptions = 0x02;
inline constexpr std::uint8_t kLogIpOptions = 0x04;
inline constexpr std::uint8_t kLogUid = 0x08;
inline constexpr std::uint8_t kLogMacDecode = 0x20;

struct LogRequest {
  std::string_view prefix;
  std::uint8_t flags = 0;
  std::string_view in;  ///< interfaces as the hook has them
  std::string_view out;
  bool loopback = false;  ///< arrived on the loopback interface, whose headers are not decoded
};

[[nodiscard]] std::string log_line(const LogRequest& request, const DecodedPacket& packet);

}  // namespace nfproof::sim
