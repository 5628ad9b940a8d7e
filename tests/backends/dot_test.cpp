// SPDX-License-Identifier: Apache-2.0
// The call graph as DOT text.
#include "backends/dot.h"

#include <gtest/gtest.h>

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
  EXPECT_EQ(to_dot(compilation.ruleset),
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

}  // namespace
}  // namespace nfproof::backends
