// SPDX-License-Identifier: Apache-2.0
// From the bytes of an IP packet to field values, and what the matches need to know beside them: where the transport
// header is and how much of it is there. The bytes are the truth; whoever changes them calls `refresh`.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "compiler/ir/packet.h"
#include "sim/bytes.h"

namespace nfproof::sim {

struct DecodedPacket {
  std::vector<std::uint8_t> bytes;  ///< the IP packet, from its header to the end that its length field gives
  ir::Packet fields;
  std::size_t transport = 0;  ///< offset of the transport header; for later fragments that of the payload
  std::uint32_t length = 0;   ///< of the whole packet, what counters count; more than `bytes` when cut short
  bool cut_short = false;     ///< the capture lacks the end
  bool broken_chain = false;  ///< IPv6 extension headers that lead nowhere: there is no protocol
  bool fragment = false;      ///< any fragment, the first one too
  bool more_fragments = false;
  std::uint32_t fragment_offset = 0;  ///< in bytes
  std::uint32_t fragment_id = 0;
  std::size_t fragment_header = 0;  ///< IPv6: offset of the fragment header
  /// The Ethernet header that it came with, without VLAN tags.
  std::array<std::uint8_t, 14> link{};
  bool has_link = false;
  /// For what was put together from fragments: the sizes of the blocks it lies in, as the kernel leaves them.
  std::vector<std::size_t> blocks;
  std::uint32_t largest_fragment = 0;  ///< of those, as a whole packet
  bool uncut_fragments = false;        ///< IPv4: none as large as the largest may be cut
  std::uint32_t fragments_id = 0;

  [[nodiscard]] ir::Family family() const { return fields.family; }
  [[nodiscard]] std::uint8_t protocol() const { return fields.protocol(); }
  /// Are the first `count` bytes of the transport header there?
  [[nodiscard]] bool has_transport(std::size_t count) const { return holds(bytes, transport, count); }
};

/// The length of an IP packet by its header. False when the kernel would throw it away before any hook; `why` then says
/// what is wrong with it. `original_length`: see below.
[[nodiscard]] bool read_ip_length(ByteView ip, std::size_t original_length, std::size_t& length, std::string& why);

/// Decodes what follows the link header. `original_length` counts from the IP header; with 0 the view is all there was.
/// Nothing when the kernel would throw the packet away before any hook; `why` then says what is wrong with it.
[[nodiscard]] std::optional<DecodedPacket> decode_packet(ByteView ip, std::size_t original_length, std::string& why);
/// The same into a packet whose memory is used again; false in the place of nothing.
[[nodiscard]] bool decode_packet(ByteView ip, std::size_t original_length, DecodedPacket& packet, std::string& why);

/// Computes everything again from `bytes`. What does not come from them stays (mark, interfaces, connection...).
void refresh(DecodedPacket& packet);

/// What ipv6_find_hdr and ipv6_skip_exthdr of the kernel find behind an IPv6 header at `start`.
struct ExtensionChain {
  enum class End : std::uint8_t { kTransport, kLaterFragment, kNoNextHeader, kBroken };
  End end = End::kBroken;
  std::uint8_t protocol = 0;
  std::size_t offset = 0;  ///< of the transport header
  bool fragment = false;
  bool more_fragments = false;
  std::size_t fragment_header = 0;
  std::uint32_t fragment_offset = 0;
};
[[nodiscard]] ExtensionChain walk_extensions(ByteView ip, std::size_t start);

/// The maximum segment size option of a TCP header, when it has a well-formed one.
[[nodiscard]] std::optional<std::uint16_t> tcp_mss(ByteView ip, std::size_t transport);
/// Is the option there? Nothing when the header is cut short.
[[nodiscard]] std::optional<bool> has_tcp_option(ByteView ip, std::size_t transport, std::uint8_t kind);

}  // namespace nfproof::sim
