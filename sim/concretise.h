// SPDX-License-Identifier: Apache-2.0
// A real packet for a packet expression: what the expression says, and for the rest what an ordinary packet to, through
// or from the host has. For traces: the packet as it comes to the host, before anything changed it.
//
// Entry: `concretise`. A search over a few telling values (the ends of ranges, their neighbours, the host's addresses):
// it may fail where a packet exists.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "compiler/ir/host.h"
#include "compiler/ir/packet.h"

namespace nfproof::sim {

/// An expression: all predicates must be true of the packet.
struct PacketWish {
  std::span<const ir::PredicateId> when;
  std::optional<ir::Hook> hook;  ///< input, forward or output: where it is to get; prerouting counts as input
  std::optional<ir::Family> family;
};

struct ConcretePacket {
  ir::Packet packet;
  bool sent_by_host = false;        ///< leaves from here: OUTPUT
  std::vector<std::string> chosen;  ///< what the expression leaves open and how it was filled in: `source 198.51.100.7`
};

/// Nothing when no packet was found.
[[nodiscard]] std::optional<ConcretePacket> concretise(const ir::PredicatePool& predicates, const ir::Host& host,
                                                       const PacketWish& wish);

}  // namespace nfproof::sim
