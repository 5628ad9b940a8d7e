// SPDX-License-Identifier: Apache-2.0
// Where a packet goes: delivered, forwarded by an interface, or thrown away by routing itself (net/ipv4/route.c:
// ip_route_input_slow, fib_validate_source; net/ipv6/ip6_input.c, ip6_output.c: ip6_forward).
#pragma once

#include <string>

#include "compiler/ir/host.h"
#include "sim/decode.h"

namespace nfproof::sim {

struct Decision {
  enum class Kind { kDeliver, kForward, kDiscard };
  Kind kind = Kind::kDiscard;
  std::string out;     ///< for kForward
  std::string reason;  ///< for kDiscard
};

/// Before PREROUTING: addresses that no packet from outside may have. Empty: all is well.
[[nodiscard]] std::string refuse_at_entry(const DecodedPacket& packet, const ir::Host& host);
/// After PREROUTING.
[[nodiscard]] Decision route_arrived(const DecodedPacket& packet, const ir::Host& host, bool forwarding);
/// Of a host: the MTU of interfaces of which it is not known, and the smallest of all, below which nothing is looked
/// at.
struct MtuBounds {
  unsigned usual = 1500;
  unsigned smallest = 1500;
};
[[nodiscard]] MtuBounds mtu_bounds(const ir::Host& host, unsigned usual);
/// Before FORWARD, for a packet that is to be forwarded. Empty: all is well.
[[nodiscard]] std::string refuse_to_forward(const DecodedPacket& packet, const ir::Host& host, const MtuBounds& bounds);
/// What goes whole to the destination of the packet; of a packet that is forwarded IPv6 asks that only when it leaves.
[[nodiscard]] unsigned mtu_of_path(const DecodedPacket& packet, const ir::Host& host, unsigned usual_mtu);
/// What the interface takes by which the packet leaves.
[[nodiscard]] unsigned mtu_of_link(const DecodedPacket& packet, const ir::Host& host, unsigned usual_mtu);
/// After POSTROUTING, for a packet that was forwarded.
[[nodiscard]] bool too_big_to_leave(const DecodedPacket& packet, const ir::Host& host, const MtuBounds& bounds);
/// Would an answer to the source leave by the interface the packet came from? (net/ipv4/netfilter/ipt_rpfilter.c,
/// net/ipv6/netfilter/ip6t_rpfilter.c; with `ir::ReversePath::kFib` nft_fib_ipv4.c and nft_fib_ipv6.c there.)
/// `flags`: bits of `ir::ReversePath`. Routes by mark are not modelled.
[[nodiscard]] bool passes_reverse_path(const DecodedPacket& packet, const ir::Host& host, std::uint16_t flags);
/// For a packet of the host itself; empty when there is no way.
[[nodiscard]] std::string output_interface(const DecodedPacket& packet, const ir::Host& host);

}  // namespace nfproof::sim
