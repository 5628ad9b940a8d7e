// SPDX-License-Identifier: Apache-2.0
// Order and reachability of chains, by Boost.Graph. Loops are found as strong components; the verifier refuses them,
// but a ruleset that was understood only in part may still hold one, and nothing here may run for ever.
#include "analyzer/graph/call_graph.h"

#include <algorithm>
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/strong_components.hpp>

namespace nfproof::analyzer {
namespace {

using Graph = boost::adjacency_list<boost::vecS, boost::vecS, boost::bidirectionalS>;

Graph build(const ir::Ruleset& ruleset) {
  Graph graph(ruleset.chains.size());
  for (std::size_t from = 0; from < ruleset.chains.size(); ++from)
    for (const ir::Rule& rule : ruleset.chains[from].rules)
      if (rule.verdict.kind == ir::VerdictKind::kJump || rule.verdict.kind == ir::VerdictKind::kGoto)
        boost::add_edge(from, static_cast<std::size_t>(rule.verdict.chain), graph);
  return graph;
}

bool has_edge_to_itself(const Graph& graph, std::size_t vertex) { return boost::edge(vertex, vertex, graph).second; }

}  // namespace

CallGraph::CallGraph(const ir::Ruleset& ruleset)
    : callers_(ruleset.chains.size()),
      ordered_(ruleset.chains.size(), false),
      connected_(ruleset.chains.size(), false),
      ancestors_(ruleset.chains.size()) {
  for (std::size_t from = 0; from < ruleset.chains.size(); ++from) {
    const auto& rules = ruleset.chains[from].rules;
    for (std::size_t i = 0; i < rules.size(); ++i) {
      const ir::Verdict& verdict = rules[i].verdict;
      if (verdict.kind != ir::VerdictKind::kJump && verdict.kind != ir::VerdictKind::kGoto) continue;
      const auto here = ir::ChainId{static_cast<std::uint32_t>(from)};
      callers_[index(verdict.chain)].push_back({here, static_cast<std::uint32_t>(i)});
    }
  }
  find_order(ruleset);
  find_ancestors();
}

void CallGraph::find_order(const ir::Ruleset& ruleset) {
  const Graph graph = build(ruleset);
  const std::size_t size = ruleset.chains.size();
  std::vector<std::size_t> component(size);
  if (size == 0) return;
  const std::size_t count = boost::strong_components(
      graph, boost::make_iterator_property_map(component.begin(), boost::get(boost::vertex_index, graph)));
  std::vector<std::vector<std::size_t>> members(count);
  for (std::size_t v = 0; v < size; ++v) members[component[v]].push_back(v);

  // Components come callees first. A chain is ordered when it is alone, without an edge to itself, and all its callers
  // are ordered.
  for (std::size_t c = count; c-- > 0;) {
    const std::size_t v = members[c].front();
    bool good = members[c].size() == 1 && !has_edge_to_itself(graph, v);
    bool entered = ruleset.chains[v].base.has_value();
    for (const ir::RuleRef& site : callers_[v]) {
      good = good && (ordered_[index(site.chain)] || !connected_[index(site.chain)]);
      entered = entered || connected_[index(site.chain)];
    }
    for (const std::size_t member : members[c]) connected_[member] = entered;
    if (!good) continue;
    ordered_[v] = true;
    order_.push_back(ir::ChainId{static_cast<std::uint32_t>(v)});
  }
}

void CallGraph::find_ancestors() {
  std::vector<std::uint32_t> position(ordered_.size(), 0);
  for (std::size_t i = 0; i < order_.size(); ++i) position[index(order_[i])] = static_cast<std::uint32_t>(i);
  for (const ir::ChainId chain : order_) {
    std::vector<std::uint32_t> found{position[index(chain)]};
    for (const ir::RuleRef& site : callers_[index(chain)]) {
      if (!ordered_[index(site.chain)]) continue;
      for (const ir::ChainId above : ancestors_[index(site.chain)]) found.push_back(position[index(above)]);
    }
    std::sort(found.begin(), found.end());
    found.erase(std::unique(found.begin(), found.end()), found.end());
    for (const std::uint32_t p : found) ancestors_[index(chain)].push_back(order_[p]);
  }
}

std::vector<ir::ChainId> CallGraph::bases(const ir::Ruleset& ruleset, ir::ChainId chain) const {
  std::vector<ir::ChainId> found;
  for (const ir::ChainId above : ancestors(chain))
    if (ruleset.chain(above).base) found.push_back(above);
  return found;
}

}  // namespace nfproof::analyzer
