// SPDX-License-Identifier: Apache-2.0
// Mermaid text of the chain graph: see mermaid.h.
#include "backends/mermaid.h"

namespace nfproof::backends {
namespace {

/// In quotes, with the characters that mean something there as entities.
std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const bool plain = c != '"' && c != '<' && c != '>' && c != '&' && c != '#' && c != '`';
    out += plain ? std::string(1, c) : "#" + std::to_string(static_cast<int>(c)) + ";";
  }
  return out += '"';
}

std::string label(const ChainBox& box) {
  std::string out;
  for (const std::string& line : box.lines) {
    const std::string text = quoted(line);
    out += (out.empty() ? "" : "<br/>") + text.substr(1, text.size() - 2);
  }
  return '"' + out + '"';
}

}  // namespace

std::string to_mermaid(const ChainGraph& graph) {
  std::string out = "flowchart LR\n";
  for (std::size_t t = 0; t < graph.tables.size(); ++t) {
    out += "  subgraph t" + std::to_string(t) + " [" + quoted(graph.tables[t].title) + "]\n";
    for (const std::size_t chain : graph.tables[t].chains) {
      const ChainBox& box = graph.boxes[chain];
      const std::string name = "c" + std::to_string(chain);
      out += "    " + name + (box.base ? "([" : "[") + label(box) + (box.base ? "])" : "]") +
             (box.reached ? "" : ":::unreached") + "\n";
    }
    out += "  end\n";
  }
  for (const ChainEdge& edge : graph.edges)
    out += "  c" + std::to_string(edge.from) + (edge.is_goto ? " -.->|" : " -->|") + quoted(edge.rules) + "| c" +
           std::to_string(edge.to) + "\n";
  return out + "  classDef unreached stroke-dasharray: 4 3, color: #777\n";
}

}  // namespace nfproof::backends
