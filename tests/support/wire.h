// SPDX-License-Identifier: Apache-2.0
// Bytes of packets for tests: headers put together piece by piece, wrong ones too. Knows nothing of the project, so
// that what it makes can judge every part of it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace nfproof::testing {

using WireBytes = std::vector<std::uint8_t>;

/// An address as the bytes of its header field (4 or 16).
[[nodiscard]] WireBytes wire_address(std::string_view text);
[[nodiscard]] std::string wire_address_text(const WireBytes& address);

struct IpHeader {
  WireBytes source;
  WireBytes destination;
  std::uint8_t protocol = 6;
  std::uint8_t ttl = 64;
  std::uint8_t tos = 0;
  std::uint16_t id = 1;           ///< IPv4 only
  std::uint16_t fragment = 0;     ///< IPv4: flags and offset word
  WireBytes options;              ///< IPv4: a multiple of four bytes
  WireBytes extensions;           ///< IPv6: whole extension headers
  std::uint8_t first_header = 0;  ///< IPv6: of the first extension header, when there are any
};

/// The packet with right lengths and IP header checksum; the payload as it is.
[[nodiscard]] WireBytes wire_packet(const IpHeader& header, const WireBytes& payload);

struct TcpFields {
  std::uint16_t source = 0, destination = 0;
  std::uint32_t sequence = 0, acknowledgement = 0;
  std::uint8_t flags = 0;
  WireBytes options;  ///< a multiple of four bytes
  std::size_t payload = 0;
  std::uint16_t window = 60000;
};
[[nodiscard]] WireBytes wire_tcp(const TcpFields& fields);
[[nodiscard]] WireBytes wire_udp(std::uint16_t source, std::uint16_t destination, std::size_t payload);
[[nodiscard]] WireBytes wire_icmp(std::uint8_t type, std::uint8_t code, std::uint16_t id, const WireBytes& rest);
/// An SCTP packet with these chunks (whole ones).
[[nodiscard]] WireBytes wire_sctp(std::uint16_t source, std::uint16_t destination, std::uint32_t tag,
                                  const std::vector<WireBytes>& chunks);
[[nodiscard]] WireBytes wire_chunk(std::uint8_t type, std::uint8_t flags, const WireBytes& value);

/// Writes the transport checksum into a payload that goes with the header (TCP, UDP, UDP-Lite, ICMP, ICMPv6, SCTP).
void wire_checksum(const IpHeader& header, WireBytes& payload);

/// Cuts a packet into fragments of at most `size` payload bytes (a multiple of eight).
[[nodiscard]] std::vector<WireBytes> wire_fragments(const IpHeader& header, const WireBytes& payload, std::size_t size,
                                                    std::uint32_t id);

/// Addresses and ports of a packet as it stands; ports are 0 where there are none.
struct WireEnds {
  WireBytes source, destination;
  std::uint16_t source_port = 0, destination_port = 0;
};
[[nodiscard]] WireEnds wire_ends(const WireBytes& packet);

}  // namespace nfproof::testing
