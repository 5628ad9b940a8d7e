// SPDX-License-Identifier: Apache-2.0
// What the bytes of a captured packet say by themselves, in one look: its tuple and the hash of it, its TCP segment,
// whether its checksum is right. A thread that reads ahead finds it out while another decides the packets before
// (`read_ahead.h`); who is asked to decide a packet without a preview makes it himself.
//
// Only plain packets have one: whole, unfragmented TCP, UDP and ICMP queries without extension headers, whose headers
// are as they should be. All others go the long way, which starts with `decode.h`.
//
// Entry: `make_preview`.
#pragma once

#include <cstdint>
#include <optional>

#include "compiler/ir/address.h"
#include "sim/link.h"
#include "sim/replay.h"
#include "sim/tcp_window.h"
#include "sim/tuple.h"

namespace nfproof::sim {

struct Preview {
  bool plain = false;  ///< false: nothing else here means anything
  bool cut_short = false;
  bool checksum_ok = true;       ///< of the transport header; not looked at when the packet is cut short
  bool dont_fragment = false;    ///< always, with IPv6
  std::uint8_t packet_type = 0;  ///< PACKET_* as the link header or the destination address says
  std::uint8_t tos = 0;
  std::uint8_t ttl = 0;
  std::uint8_t tcp_flags = 0;
  std::uint32_t length = 0;  ///< of the IP packet
  std::uint32_t hash = 0;    ///< of the tuple
  Tuple tuple;
  TcpSegment segment;  ///< of TCP; its options are those in the packet's bytes
};

/// `preview` is used again and again; its options point into the packet.
void make_preview(const PacketBytes& packet, Preview& preview);
/// The same for who has taken off the link header already; null: there is no IP behind it.
void make_preview(const PacketBytes& packet, const LinkInfo* link, Preview& preview);

}  // namespace nfproof::sim
