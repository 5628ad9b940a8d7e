// SPDX-License-Identifier: Apache-2.0
// Packets of a conversation from field values: the packet itself with fitting sequence numbers, the other side's
// answers, ICMP errors about it. All of them are IP packets with right checksums unless they are to be wrong.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "compiler/ir/host.h"
#include "compiler/ir/packet.h"
#include "sim/bytes.h"

namespace nfproof::sim {

using PacketBuffer = std::vector<std::uint8_t>;

/// Which moment of a TCP connection a packet belongs to.
enum class Moment : std::uint8_t { kAsIs, kFirst, kFirstAnswer, kLater, kLaterAnswer };

/// The packet of these fields. TCP gets the flags (but for kAsIs and the later ones) and the numbers of the moment, an
/// echo gets `tag` as its identification.
[[nodiscard]] std::optional<PacketBuffer> shape(const ir::Packet& fields, Moment moment, std::uint16_t tag);

/// Text that a packet is to hold, not before an offset from its IP header.
struct PayloadText {
  std::string bytes;
  std::size_t from = 0;
};
/// Puts texts at the end of an unfragmented packet.
void add_payload(PacketBuffer& bytes, const std::vector<PayloadText>& texts);

/// Makes the transport checksum wrong: connection tracking calls such a packet invalid.
void spoil_checksum(PacketBuffer& bytes);

/// Fields of a packet as it stands in the bytes; nothing when it cannot be read.
[[nodiscard]] std::optional<ir::Packet> fields_of(const PacketBuffer& bytes);

/// What the other side sends back: addresses and ports exchanged, a request becomes its reply. `like` gives what the
/// answer is free to choose (ttl, length, service class, flags); may be null.
[[nodiscard]] std::optional<ir::Packet> answer_to(const PacketBuffer& bytes, const ir::Packet* like);

/// An ICMP error to the sender of `quoted`, from `source`.
[[nodiscard]] PacketBuffer error_about(const PacketBuffer& quoted, ir::Family family, ir::u128 source,
                                       std::uint8_t type, std::uint8_t code);

}  // namespace nfproof::sim
