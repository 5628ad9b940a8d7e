// SPDX-License-Identifier: Apache-2.0
// The element of a set that a packet stands for: which addresses, ports, ... the dimensions of a rule name, masked as
// the set wants it (the `kadt` functions of net/netfilter/ipset/ip_set_*.c, ip_set_getport.c).
#pragma once

#include <optional>
#include <string>

#include "compiler/ir/core.h"
#include "compiler/ir/set.h"
#include "sim/decode.h"

namespace nfproof::sim {

struct PacketElement {
  ir::SetElement element;
  std::string interface;  ///< for sets that store interfaces, instead of `link`
};

/// Nothing when the packet has no such element: a port that it lacks, an address outside of a bitmap, the null
/// address... `whole`: for looking up, where networks are single addresses; otherwise they get the longest prefix that
/// the set has.
[[nodiscard]] std::optional<PacketElement> element_of(const ir::Set& set, const ir::SetReference& reference,
                                                      const DecodedPacket& packet, bool whole);

}  // namespace nfproof::sim
