// SPDX-License-Identifier: Apache-2.0
// Hashes that decide where a packet belongs: HMARK (net/netfilter/xt_HMARK.c) and the cluster match
// (net/netfilter/xt_cluster.c). Words are read as a little-endian machine reads them.
#pragma once

#include <cstdint>
#include <optional>

#include "compiler/ir/effect.h"
#include "compiler/ir/predicate_kinds.h"
#include "sim/decode.h"
#include "sim/tuple.h"

namespace nfproof::sim {

/// The mark that HMARK gives; nothing when it leaves the packet alone. `original` and `reply` are the tuples of its
/// connection, null without one.
[[nodiscard]] std::optional<std::uint32_t> hash_mark(const ir::HashMark& target, const DecodedPacket& packet,
                                                     const Tuple* original, const Tuple* reply);

/// Is the connection from this address the node's share?
[[nodiscard]] bool cluster_matches(const ir::Cluster& test, ir::Family family, ir::u128 original_source);

}  // namespace nfproof::sim
