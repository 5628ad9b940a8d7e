// SPDX-License-Identifier: Apache-2.0
// What was put together from fragments leaves in fragments again (net/ipv4/ip_output.c: ip_fragment; net/ipv6/
// ip6_output.c: ip6_fragment): as they came where that fits, else in pieces no larger than the largest that came.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/decode.h"

namespace nfproof::sim {

/// Can it not leave by a link of this MTU, because the fragments that came were too large and may not be cut?
[[nodiscard]] bool fragments_too_large(const DecodedPacket& whole, unsigned mtu);
/// The pieces; none: it leaves as one packet. The kernel gives the fragments of IPv6 a random identification, here they
/// keep the one they had.
[[nodiscard]] std::vector<std::vector<std::uint8_t>> fragments_again(const DecodedPacket& whole, unsigned mtu);
/// The kernel has brought so many bytes from the start of the packet into one block, to change them.
void gather_block(DecodedPacket& whole, std::size_t size);
/// Before routing it looks whether an IPv4 packet is for a socket, and reads the header for that in one block.
void read_for_socket(DecodedPacket& whole);

}  // namespace nfproof::sim
