// SPDX-License-Identifier: Apache-2.0
// The call graph as DOT text, as a flowchart of Mermaid, as a picture.
#include "backends/dot.h"

#include <gtest/gtest.h>

#include "backends/mermaid.h"
#include "backends/svg.h"
#include "compiler/frontend/compile.h"

namespace nfproof::backends {
namespace {

TEST(Dot, DrawsChainsAndJumps) {
  compiler::Compilation compilation;
  compiler::CompileOptions options;
  options.family = ir::Family::kIpv4;
  compiler::add_text(compilation, "rules.v4",
                     "*filter\n:INPUT DROP [0:0]\n:TO-B - [0:0]\n:UNUSED - [0:0]\n-A INPUT -j TO-B\n-A INPUT -j TO-B\n"
                     "-A INPUT -s 192.0.2.1/32 -g TO-B\nCOMMIT\n",
                     options);
  compiler::finish(compilation);
  EXPECT_EQ(to_dot(chain_graph(compilation.ruleset)),
            "digraph chains {\n"
            "  rankdir=LR;\n"
            "  node [shape=box, fontname=\"sans-serif\"];\n"
            "  subgraph cluster_0 {\n"
            "    label=\"ip filter\";\n"
            "    c0 [label=\"INPUT\\ninput, priority 0, policy DROP\\n3 rules\", style=bold];\n"
            "    c1 [label=\"FORWARD\\nforward, priority 0, policy ACCEPT\\n0 rules\", style=bold];\n"
            "    c2 [label=\"OUTPUT\\noutput, priority 0, policy ACCEPT\\n0 rules\", style=bold];\n"
            "    c3 [label=\"TO-B\\n0 rules\"];\n"
            "    c4 [label=\"UNUSED\\n0 rules\", style=dashed, color=gray40, fontcolor=gray40];\n"
            "  }\n"
            "  c0 -> c3 [label=\"1-2\"];\n"
            "  c0 -> c3 [label=\"3\", style=dashed];\n"
            "}\n");
}

ChainGraph graph_of(const std::string& rules) {
  compiler::Compilation compilation;
  compiler::CompileOptions options;
  options.family = ir::Family::kIpv4;
  compiler::add_text(compilation, "rules.v4", "*filter\n:INPUT DROP [0:0]\n" + rules + "COMMIT\n", options);
  compiler::finish(compilation);
  return chain_graph(compilation.ruleset);
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

const char* const kOddNames = ":a<b - [0:0]\n:d&e - [0:0]\n-A INPUT -j a<b\n-A a<b -g d&e\n";

TEST(Mermaid, DrawsChainsAndJumps) {
  const std::string text = to_mermaid(graph_of(kOddNames));
  EXPECT_TRUE(text.starts_with("flowchart LR\n  subgraph t0 [\"ip filter\"]\n")) << text;
  EXPECT_EQ(count(text, "[\"a#60;b<br/>1 rule\"]"), 1U) << text;
  EXPECT_EQ(count(text, "c0 -->|\"1\"| c3"), 1U) << text;
  EXPECT_EQ(count(text, "c3 -.->|\"1\"| c"), 1U) << text;
}

TEST(Svg, HasABoxForEachChainAndAnArrowForEachJump) {
  const std::string text = to_svg(graph_of(kOddNames));
  EXPECT_EQ(count(text, "<rect"), 6U) << text;  // the paper and five chains
  EXPECT_EQ(count(text, "marker-end"), 2U);
  EXPECT_EQ(count(text, ">a&lt;b</text>"), 1U);
}

TEST(Svg, LoopsOfChainsEnd) {
  const std::string text = to_svg(graph_of(":a - [0:0]\n:b - [0:0]\n-A a -j b\n-A b -j a\n"));
  EXPECT_EQ(count(text, "marker-end"), 2U);
}

}  // namespace
}  // namespace nfproof::backends
