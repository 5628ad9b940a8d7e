// SPDX-License-Identifier: Apache-2.0
// Gathers boxes and edges: see chain_graph.h.
#include "backends/chain_graph.h"

#include <map>
#include <utility>

namespace nfproof::backends {
namespace {

using ir::ChainId;

/// `1`, `1-3, 7`, and no more than a few of them.
std::string rule_numbers(const std::vector<std::size_t>& rules) {
  constexpr std::size_t kMostRanges = 6;
  std::string out;
  std::size_t ranges = 0;
  for (std::size_t i = 0; i < rules.size();) {
    std::size_t last = i;
    while (last + 1 < rules.size() && rules[last + 1] == rules[last] + 1) ++last;
    if (++ranges > kMostRanges) return out + ", ... (" + std::to_string(rules.size()) + " rules)";
    if (!out.empty()) out += ", ";
    out += std::to_string(rules[i]);
    if (last > i) out += "-" + std::to_string(rules[last]);
    i = last + 1;
  }
  return out;
}

std::string table_title(const ir::Table& table) {
  switch (table.family) {
    case ir::Family::kIpv4: return "ip " + table.name;
    case ir::Family::kIpv6: return "ip6 " + table.name;
    case ir::Family::kInet: return "inet " + table.name;
  }
  return table.name;
}

void add_edges(const ir::Ruleset& ruleset, ChainId id, std::vector<ChainEdge>& edges) {
  std::map<std::pair<ChainId, bool>, std::vector<std::size_t>> by_target;
  const ir::Chain& chain = ruleset.chain(id);
  for (std::size_t i = 0; i < chain.rules.size(); ++i) {
    const ir::Verdict& verdict = chain.rules[i].verdict;
    if (verdict.kind != ir::VerdictKind::kJump && verdict.kind != ir::VerdictKind::kGoto) continue;
    by_target[{verdict.chain, verdict.kind == ir::VerdictKind::kGoto}].push_back(i + 1);
  }
  for (const auto& [target, rules] : by_target)
    if (static_cast<std::size_t>(target.first) < ruleset.chains.size())
      edges.push_back(
          {static_cast<std::size_t>(id), static_cast<std::size_t>(target.first), target.second, rule_numbers(rules)});
}

ChainBox box_of(const ir::Chain& chain) {
  ChainBox box{{chain.name}, chain.base.has_value(), false};
  if (chain.base)
    box.lines.push_back(std::string(ir::hook_nft_name(chain.base->hook)) + ", priority " +
                        std::to_string(chain.base->priority) + ", policy " +
                        std::string(ir::verdict_name(chain.base->policy)));
  box.lines.push_back(std::to_string(chain.rules.size()) + (chain.rules.size() == 1 ? " rule" : " rules"));
  return box;
}

void mark_reached(ChainGraph& graph) {
  std::vector<std::vector<std::size_t>> next(graph.boxes.size());
  for (const ChainEdge& edge : graph.edges) next[edge.from].push_back(edge.to);
  std::vector<std::size_t> open;
  for (std::size_t i = 0; i < graph.boxes.size(); ++i)
    if (graph.boxes[i].base) graph.boxes[i].reached = true, open.push_back(i);
  while (!open.empty()) {
    const std::size_t chain = open.back();
    open.pop_back();
    for (const std::size_t to : next[chain])
      if (!std::exchange(graph.boxes[to].reached, true)) open.push_back(to);
  }
}

}  // namespace

ChainGraph chain_graph(const ir::Ruleset& ruleset) {
  ChainGraph graph;
  for (const ir::Chain& chain : ruleset.chains) graph.boxes.push_back(box_of(chain));
  for (const ir::Table& table : ruleset.tables) {
    TableBoxes& boxes = graph.tables.emplace_back(TableBoxes{table_title(table), {}});
    for (const ChainId id : table.chains) {
      boxes.chains.push_back(static_cast<std::size_t>(id));
      add_edges(ruleset, id, graph.edges);
    }
  }
  mark_reached(graph);
  return graph;
}

}  // namespace nfproof::backends
