// SPDX-License-Identifier: Apache-2.0
// Headers between the IPv6 header and the transport header, as the kernel's matches look for them (ipv6_find_hdr in
// net/ipv6/exthdrs_core.c).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "sim/decode.h"

namespace nfproof::sim {

inline constexpr std::uint8_t kHopByHopHeader = 0;
inline constexpr std::uint8_t kRoutingHeader = 43;
inline constexpr std::uint8_t kFragmentHeader = 44;
inline constexpr std::uint8_t kAuthenticationHeader = 51;
inline constexpr std::uint8_t kDestinationHeader = 60;

struct FoundHeader {
  enum class State : std::uint8_t { kFound, kAbsent, kBroken };  ///< kBroken: a header on the way is cut short
  State state = State::kAbsent;
  std::size_t offset = 0;
};

/// The first header of that kind. In later fragments nothing behind the fragment header is looked at.
[[nodiscard]] FoundHeader find_extension(ByteView ip, std::uint8_t wanted);

/// The bits MASK_* of linux/netfilter_ipv6/ip6t_ipv6header.h for a packet of `length` bytes, as ip6t_ipv6header.c
/// collects them. Nothing when the match is false whatever it asks; `broken` is set when it drops the packet.
[[nodiscard]] std::optional<std::uint8_t> headers_present(ByteView ip, std::size_t length, bool& broken);

}  // namespace nfproof::sim
