// SPDX-License-Identifier: Apache-2.0
// DOT text of the chain graph.
#include "backends/dot.h"

namespace nfproof::backends {
namespace {

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out += '"';
}

std::string node_name(std::size_t chain) { return "c" + std::to_string(chain); }

std::string node(const ChainBox& box, std::size_t chain) {
  // The label is quoted line by line: its line break is DOT's `\n`, which `quoted` would escape.
  std::string label;
  for (const std::string& line : box.lines) {
    const std::string text = quoted(line);
    label += (label.empty() ? "" : "\\n") + text.substr(1, text.size() - 2);
  }
  std::string style;
  if (box.base) style = ", style=bold";
  if (!box.reached) style = ", style=dashed, color=gray40, fontcolor=gray40";
  return node_name(chain) + " [label=\"" + label + "\"" + style + "];\n";
}

}  // namespace

std::string to_dot(const ChainGraph& graph) {
  std::string out = "digraph chains {\n  rankdir=LR;\n  node [shape=box, fontname=\"sans-serif\"];\n";
  for (std::size_t t = 0; t < graph.tables.size(); ++t) {
    out += "  subgraph cluster_" + std::to_string(t) + " {\n    label=" + quoted(graph.tables[t].title) + ";\n";
    for (const std::size_t chain : graph.tables[t].chains) out += "    " + node(graph.boxes[chain], chain);
    out += "  }\n";
  }
  for (const ChainEdge& edge : graph.edges)
    out += "  " + node_name(edge.from) + " -> " + node_name(edge.to) + " [label=\"" + edge.rules + "\"" +
           (edge.is_goto ? ", style=dashed" : "") + "];\n";
  return out + "}\n";
}

}  // namespace nfproof::backends
