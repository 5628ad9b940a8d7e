// SPDX-License-Identifier: Apache-2.0
// Which packets there are: what holds for every real packet of a way, and what the routing of a known host decides.
#pragma once

#include <vector>

#include "analyzer/regions/space.h"
#include "analyzer/regions/way.h"

namespace nfproof::analyzer::regions {

/// Tests that these functions make, for `SpaceInput::extra`. `host`: known for certain, or null.
[[nodiscard]] std::vector<ir::FieldTest> world_tests(const ir::Host* host, ir::Family family);

/// Packets as they enter the host (or leave a process) on this way.
[[nodiscard]] Ref world(Space& space, HostWay way);
/// What holds of packets at every hook.
[[nodiscard]] Ref everywhere(Space& space);
/// Destinations of a known host of which it gets a copy, when it sends there, by the interface that the packet leaves
/// by.
[[nodiscard]] ir::ValueSet copied_destinations(const ir::Host& host, ir::Family family);
[[nodiscard]] Ref by_loopback(Space& space);
/// Arriving packets that the host itself may have sent: they have a mark and a connection already. The host must be
/// known, and `copied_destinations` among the tests.
[[nodiscard]] Ref sent_here(Space& space);
/// Packets that are delivered to the host itself, by their destination.
[[nodiscard]] Ref delivered(Space& space);
/// Packets whose output interface is that of their route; all, when the host is not known.
[[nodiscard]] Ref routed(Space& space, HostWay way);

}  // namespace nfproof::analyzer::regions
