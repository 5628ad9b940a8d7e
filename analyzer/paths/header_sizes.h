// SPDX-License-Identifier: Apache-2.0
// The least bytes that each header has: a packet is never shorter than the headers that are in it.
#pragma once

#include <algorithm>
#include <array>

#include "compiler/ir/packet.h"

namespace nfproof::analyzer {

struct LeastHeader {
  ir::Presence header;
  unsigned bytes;  ///< behind the IP header
};

inline constexpr std::array<LeastHeader, 11> kLeastHeaders = {{{ir::Presence::kTcp, 20},
                                                               {ir::Presence::kTcpMss, 24},
                                                               {ir::Presence::kUdp, 8},
                                                               {ir::Presence::kUdplite, 8},
                                                               {ir::Presence::kSctp, 12},
                                                               {ir::Presence::kDccp, 12},
                                                               {ir::Presence::kIcmp, 8},
                                                               {ir::Presence::kIcmp6, 8},
                                                               {ir::Presence::kEsp, 8},
                                                               {ir::Presence::kIpcomp, 8},
                                                               {ir::Presence::kMh, 8}}};

/// The IP header itself, with the fragment header of a later IPv6 fragment.
[[nodiscard]] constexpr unsigned least_ip_header(ir::Family family, bool later_fragment) {
  if (family == ir::Family::kIpv4) return 20;
  return later_fragment ? 48 : 40;
}

/// The least `FieldId::kLength` of a packet with these headers.
[[nodiscard]] inline unsigned least_length(const ir::Packet& packet) {
  unsigned transport = 0;
  for (const LeastHeader& least : kLeastHeaders)
    if (ir::is_present(packet, least.header)) transport = std::max(transport, least.bytes);
  return least_ip_header(packet.family, packet.is_later_fragment()) + transport;
}

}  // namespace nfproof::analyzer
