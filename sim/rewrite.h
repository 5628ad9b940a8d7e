// SPDX-License-Identifier: Apache-2.0
// Changes headers in place, as targets and address translation do: bytes, checksums (by difference, so that a wrong one
// stays wrong) and decoded fields.
#pragma once

#include <array>
#include <cstdint>

#include "sim/decode.h"

namespace nfproof::sim {

void set_address(DecodedPacket& packet, bool source, ir::u128 address);
/// A port, or the identifier of an ICMP packet (either side). Nothing happens when the header is not there.
void set_port(DecodedPacket& packet, bool source, std::uint16_t port);
/// Four bytes of the TCP header.
void change_tcp32(DecodedPacket& packet, std::size_t offset, std::uint32_t value);
void set_ttl(DecodedPacket& packet, std::uint8_t ttl);
/// IPv4.
void set_dont_fragment(DecodedPacket& packet);
/// The whole byte: DSCP and ECN.
void set_tos(DecodedPacket& packet, std::uint8_t tos);

/// TCPMSS (net/netfilter/xt_TCPMSS.c): lowers the option, or adds it to a segment without data. False when the packet
/// is to be dropped because its header cannot be read.
[[nodiscard]] bool set_mss(DecodedPacket& packet, std::uint16_t mss);
/// ECN (net/ipv4/netfilter/ipt_ECN.c): bits of the byte with the TCP flags become 0, in later fragments bits of what is
/// in their place. False as for `set_mss`.
[[nodiscard]] bool clear_tcp_flags(DecodedPacket& packet, std::uint8_t bits);
/// TCPOPTSTRIP (net/netfilter/xt_TCPOPTSTRIP.c): no-ops in place of the options in the map. False as for `set_mss`.
[[nodiscard]] bool strip_tcp_options(DecodedPacket& packet, const std::array<std::uint32_t, 8>& options);

}  // namespace nfproof::sim
