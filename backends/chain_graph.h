// SPDX-License-Identifier: Apache-2.0
// The chains of a ruleset and the jumps between them, as every drawing shows them: boxes with lines of text, edges with
// the numbers of the rules that jump.
#pragma once

#include <string>
#include <vector>

#include "compiler/ir/ruleset.h"

namespace nfproof::backends {

struct ChainBox {
  std::vector<std::string> lines;  ///< name; hook, priority and policy of a base chain; number of rules
  bool base = false;
  bool reached = true;  ///< does a base chain lead to it, going by the jumps alone?
};

/// All jumps (or all gotos) from one chain to another.
struct ChainEdge {
  std::size_t from = 0, to = 0;  ///< chains by their index in the ruleset
  bool is_goto = false;
  std::string rules;  ///< `1-3, 7`, counted from 1
};

struct TableBoxes {
  std::string title;  ///< `ip filter`
  std::vector<std::size_t> chains;
};

struct ChainGraph {
  std::vector<ChainBox> boxes;   ///< by the index of the chain
  std::vector<ChainEdge> edges;  ///< in order of tables and chains
  std::vector<TableBoxes> tables;
};

[[nodiscard]] ChainGraph chain_graph(const ir::Ruleset& ruleset);

}  // namespace nfproof::backends
