// SPDX-License-Identifier: Apache-2.0
// The chain graph as a picture in SVG, without any other program: each table in columns from its base chains to what
// they call.
#pragma once

#include <string>

#include "backends/chain_graph.h"

namespace nfproof::backends {

/// Base chains have thick borders, gotos and chains that no base chain leads to are dashed.
[[nodiscard]] std::string to_svg(const ChainGraph& graph);

}  // namespace nfproof::backends
