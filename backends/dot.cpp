// SPDX-License-Identifier: Apache-2.0
// DOT text of the chain graph.
#include "backends/dot.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

namespace nfproof::backends {
namespace {

using ir::ChainId;

/// The jumps of one kind between two chains, drawn as one edge.
struct Edge {
  ChainId to{};
  bool is_goto = false;
  std::vector<std::size_t> rules;  ///< from 1
};

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out += '"';
}

std::string node_name(ChainId chain) { return "c" + std::to_string(static_cast<std::uint32_t>(chain)); }

std::vector<Edge> edges_of(const ir::Chain& chain) {
  std::map<std::pair<ChainId, bool>, std::vector<std::size_t>> by_target;
  for (std::size_t i = 0; i < chain.rules.size(); ++i) {
    const ir::Verdict& verdict = chain.rules[i].verdict;
    if (verdict.kind != ir::VerdictKind::kJump && verdict.kind != ir::VerdictKind::kGoto) continue;
    by_target[{verdict.chain, verdict.kind == ir::VerdictKind::kGoto}].push_back(i + 1);
  }
  std::vector<Edge> edges;
  for (auto& [target, rules] : by_target) edges.push_back({target.first, target.second, std::move(rules)});
  return edges;
}

std::vector<bool> reached_chains(const ir::Ruleset& ruleset) {
  std::vector<bool> reached(ruleset.chains.size());
  std::vector<std::size_t> work;
  const auto visit = [&](std::size_t chain) {
    if (chain >= reached.size() || reached[chain]) return;
    reached[chain] = true;
    work.push_back(chain);
  };
  for (std::size_t i = 0; i < ruleset.chains.size(); ++i) {
    if (ruleset.chains[i].base) visit(i);
  }
  while (!work.empty()) {
    const std::size_t chain = work.back();
    work.pop_back();
    for (const Edge& edge : edges_of(ruleset.chains[chain])) visit(static_cast<std::size_t>(edge.to));
  }
  return reached;
}

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

std::string chain_node(const ir::Chain& chain, ChainId id, bool reached) {
  // The label is quoted by hand: its line break is DOT's `\n`, which `quoted` would escape.
  std::string label = quoted(chain.name);
  label.pop_back();
  if (chain.base) {
    label += "\\n" + std::string(ir::hook_nft_name(chain.base->hook)) + ", priority " +
             std::to_string(chain.base->priority) + ", policy " + std::string(ir::verdict_name(chain.base->policy));
  }
  label += "\\n" + std::to_string(chain.rules.size()) + (chain.rules.size() == 1 ? " rule" : " rules");
  std::string style;
  if (chain.base) style = ", style=bold";
  if (!reached) style = ", style=dashed, color=gray40, fontcolor=gray40";
  return node_name(id) + " [label=" + label + "\"" + style + "];\n";
}

std::string table_title(const ir::Table& table) {
  switch (table.family) {
    case ir::Family::kIpv4: return "ip " + table.name;
    case ir::Family::kIpv6: return "ip6 " + table.name;
    case ir::Family::kInet: return "inet " + table.name;
  }
  return table.name;
}

}  // namespace

std::string to_dot(const ir::Ruleset& ruleset) {
  const std::vector<bool> reached = reached_chains(ruleset);
  std::string out = "digraph chains {\n  rankdir=LR;\n  node [shape=box, fontname=\"sans-serif\"];\n";
  for (std::size_t t = 0; t < ruleset.tables.size(); ++t) {
    const ir::Table& table = ruleset.tables[t];
    out += "  subgraph cluster_" + std::to_string(t) + " {\n    label=" + quoted(table_title(table)) + ";\n";
    for (const ChainId id : table.chains) {
      out += "    " + chain_node(ruleset.chain(id), id, reached[static_cast<std::size_t>(id)]);
    }
    out += "  }\n";
  }
  for (const ir::Table& table : ruleset.tables) {
    for (const ChainId id : table.chains) {
      for (const Edge& edge : edges_of(ruleset.chain(id))) {
        out += "  " + node_name(id) + " -> " + node_name(edge.to) + " [label=\"" + rule_numbers(edge.rules) + "\"" +
               (edge.is_goto ? ", style=dashed" : "") + "];\n";
      }
    }
  }
  return out + "}\n";
}

}  // namespace nfproof::backends
