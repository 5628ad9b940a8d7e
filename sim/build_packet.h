// SPDX-License-Identifier: Apache-2.0
// From field values to the bytes of an IP packet with right lengths and checksums: the other direction of `decode.h`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "compiler/ir/packet.h"

namespace nfproof::sim {

/// What the packet leaves open gets a harmless value: ttl 64, a SYN for a new TCP connection and an ACK otherwise, one
/// DATA chunk. `meta.length` is filled up with payload; when it is too short for the headers there is no such packet,
/// and `problem` says so.
[[nodiscard]] std::optional<std::vector<std::uint8_t>> build_packet(const ir::Packet& packet, std::string& problem);

}  // namespace nfproof::sim
