// SPDX-License-Identifier: Apache-2.0
// The chain graph as a flowchart of Mermaid, which many sites draw inside Markdown.
#pragma once

#include <string>

#include "backends/chain_graph.h"

namespace nfproof::backends {

/// One subgraph for each table, dotted arrows for gotos, a class `unreached` for chains no base chain leads to.
[[nodiscard]] std::string to_mermaid(const ChainGraph& graph);

}  // namespace nfproof::backends
