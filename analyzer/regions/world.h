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
/// Packets that are delivered to the host itself, by their destination.
[[nodiscard]] Ref delivered(Space& space);
/// Packets whose output interface is that of their route; all, when the host is not known.
[[nodiscard]] Ref routed(Space& space, HostWay way);

}  // namespace nfproof::analyzer::regions
