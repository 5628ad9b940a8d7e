// SPDX-License-Identifier: Apache-2.0
// The chains of a ruleset and the jumps between them as a graph in DOT. The same ruleset gives the same text.
//
// Entry: `to_dot`. It draws what is written; whether a chain can be reached by a packet is not its question.
#pragma once

#include <string>

#include "backends/chain_graph.h"

namespace nfproof::backends {

/// One cluster for each table. Base chains carry hook, priority and policy; edges the numbers of the rules that jump
/// (dashed for gotos); chains that no base chain leads to are drawn dashed.
[[nodiscard]] std::string to_dot(const ChainGraph& graph);

}  // namespace nfproof::backends
