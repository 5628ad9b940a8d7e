// SPDX-License-Identifier: Apache-2.0
// The host's own addresses as a capture shows them, for a host that nobody described: the sources of packets that the
// host sent and did not forward. What it sent is told by the capture, or by the one MAC address that is at an end of
// all frames. On a host that is no router it may be the one address at an end of all packets. Where that is ambiguous
// nothing is claimed.
//
// Entries: `find_local_addresses`, `adopt_addresses`.
#pragma once

#include <string>
#include <vector>

#include "compiler/ir/host.h"
#include "sim/capture.h"

namespace nfproof::sim {

struct LocalAddress {
  ir::Family family{};
  ir::u128 address = 0;
  std::string interface;  ///< on which it was seen; empty: not known
};

/// Looks at the first packets of the capture. `router`: does the host seem to have several interfaces?
[[nodiscard]] std::vector<LocalAddress> find_local_addresses(CaptureReader& capture, bool router);

/// Gives an assumed host these addresses in place of those that were made up for their family. `otherwise`: the
/// interface of addresses that were seen on none; empty: the first.
void adopt_addresses(ir::Host& host, const std::vector<LocalAddress>& addresses, const std::string& otherwise);

}  // namespace nfproof::sim
