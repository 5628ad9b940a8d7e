// SPDX-License-Identifier: Apache-2.0
// A packet whose own addresses, ports and protocol are those that tests of its connection ask for: what a connection
// that nobody translates looks like.
#pragma once

#include <optional>

#include "compiler/ir/packet.h"

namespace nfproof::analyzer {

/// Nothing when the packet is like that already.
[[nodiscard]] std::optional<ir::Packet> with_own_tuple(const ir::Packet& packet);

}  // namespace nfproof::analyzer
