// SPDX-License-Identifier: Apache-2.0
// Checksums of IP, transport headers and SCTP (RFC 1071, RFC 1624, RFC 9260 appendix A).
#pragma once

#include <cstdint>

#include "compiler/ir/address.h"
#include "sim/bytes.h"

namespace nfproof::sim {

/// The ones' complement sum of 16-bit words, not yet inverted, to be continued from `start`.
[[nodiscard]] std::uint32_t internet_sum(ByteView bytes, std::uint32_t start = 0);
/// Folds a sum and inverts it: what stands in a header.
[[nodiscard]] std::uint16_t finish_sum(std::uint32_t sum);
/// The sum of the pseudo header of TCP, UDP, UDP-Lite, DCCP and ICMPv6.
[[nodiscard]] std::uint32_t pseudo_header_sum(ir::Family family, ir::u128 source, ir::u128 destination,
                                              std::uint8_t protocol, std::uint32_t length);

/// The value of the SCTP checksum field for a packet; the field itself counts as zero.
[[nodiscard]] std::uint32_t sctp_checksum(ByteView sctp_packet);

/// Is the transport checksum right (or absent where that is allowed)? `transport` is the offset of the transport header
/// of an unfragmented packet whose last byte is there. One that is left to the hardware (TCP, UDP) is right. Protocols
/// without one that is checked are always right. Says what the kernel's tracking says: it takes UDP-Lite for UDP when
/// it sums the pseudo header.
[[nodiscard]] bool transport_checksum_ok(ByteView ip, ir::Family family, std::size_t transport, std::uint8_t protocol);
/// Writes the right one of an IPv4 header.
void fill_header_checksum(ByteSpan ip);
/// Writes the right one.
void fill_transport_checksum(ByteSpan ip, ir::Family family, std::size_t transport, std::uint8_t protocol);

}  // namespace nfproof::sim
