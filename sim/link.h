// SPDX-License-Identifier: Apache-2.0
// Takes the link header off a captured packet.
#pragma once

#include <array>
#include <cstddef>
#include <optional>

#include "compiler/ir/address.h"
#include "sim/bytes.h"
#include "sim/replay.h"

namespace nfproof::sim {

struct LinkInfo {
  std::size_t ip_offset = 0;
  std::optional<std::uint64_t> source_mac;
  std::optional<std::uint64_t> destination_mac;
  std::optional<std::uint8_t> packet_type;  ///< PACKET_* when the link header says so (cooked captures)
  std::uint32_t interface_index = 0;        ///< where it was captured, when the link header says so (SLL2)
  std::array<std::uint16_t, 2> vlans{};     ///< outer tag first; more are stepped over
  std::size_t vlan_count = 0;
};

/// Kinds of packets that a cooked capture tells apart (linux/if_packet.h).
inline constexpr std::uint8_t kPacketOtherHost = 3;
inline constexpr std::uint8_t kPacketOutgoing = 4;

/// What the driver would have said (PACKET_*): by the link header or, without one, by the destination address.
[[nodiscard]] std::uint8_t packet_type(const LinkInfo& link, ir::Family family, ir::u128 destination);

inline constexpr std::uint64_t kBroadcastMac = 0xffffffffffffULL;

/// Nothing when the packet is no IPv4 or IPv6.
[[nodiscard]] std::optional<LinkInfo> decode_link(ByteView data, LinkType link);
/// The same in place; false in the place of nothing.
[[nodiscard]] bool decode_link(ByteView data, LinkType link, LinkInfo& info);

}  // namespace nfproof::sim
