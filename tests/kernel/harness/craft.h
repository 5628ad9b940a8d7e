// SPDX-License-Identifier: Apache-2.0
// Small well-formed IP packets for tests, checksums right. The family is that of the addresses, given as text.
// Anything unusual (options, fragments, wrong lengths) a test makes by changing bytes and calling fix_checksums().
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace nfproof::testing {

struct Endpoints {
  std::string_view source;
  std::string_view destination;
  std::uint8_t ttl = 64;
  std::uint8_t tos = 0;
};

inline constexpr std::uint8_t kTcpFin = 1, kTcpSyn = 2, kTcpRst = 4, kTcpPsh = 8, kTcpAck = 16, kTcpUrg = 32;

// IP header around `content`; an empty packet when an address cannot be read or the families differ.
[[nodiscard]] std::vector<std::uint8_t> craft_ip(const Endpoints& ends, std::uint8_t protocol,
                                                 const std::vector<std::uint8_t>& content);
[[nodiscard]] std::vector<std::uint8_t> craft_udp(const Endpoints& ends, std::uint16_t source_port,
                                                  std::uint16_t destination_port, std::size_t payload = 8);
[[nodiscard]] std::vector<std::uint8_t> craft_tcp(const Endpoints& ends, std::uint16_t source_port,
                                                  std::uint16_t destination_port, std::uint8_t flags,
                                                  std::uint32_t sequence = 1, std::uint32_t acknowledged = 0);
// Echo request (or reply) of ICMP or ICMPv6.
[[nodiscard]] std::vector<std::uint8_t> craft_echo(const Endpoints& ends, bool reply = false, std::uint16_t id = 1);

// Recomputes the IPv4 header checksum and that of TCP, UDP, ICMP or ICMPv6 directly behind the IP header.
void fix_checksums(std::vector<std::uint8_t>& packet);

}  // namespace nfproof::testing
