// SPDX-License-Identifier: Apache-2.0
// Long runs of rules are read in blocks, on several threads. The result is the one of reading line by line: the same
// rules, the same complaints at the same lines.
#include <gtest/gtest.h>

#include "backends/iptables_save.h"
#include "compiler/frontend/compile.h"
#include "compiler/frontend/rule_blocks.h"
#include "compiler/ir/dump.h"

namespace nfproof::testing {
namespace {

/// Lines of all kinds: most ordinary, some with errors, warnings, quotes, other commands.
std::string some_line(std::size_t number) {
  const std::string n = std::to_string(number);
  switch (number % 41) {
    case 3: return "-A INPUT -m multiport --ports 20:30,50 -p tcp -m comment --comment \"a \\\"quoted\\\" " + n + "\"";
    case 7: return "[" + n + ":5] -A INPUT -s 10.0.0.0/8,192.168.0.0/16 -j ACCEPT";
    case 11: return "-A INPUT -p tcp --dport nonsense" + n + " -j DROP";
    case 13: return "-A \"ch ain\" -j ACCEPT";
    case 17: return "-I INPUT -p udp --dport 53 -j ACCEPT";
    case 19: return "-A undeclared" + std::to_string(number % 5) + " -j DROP";
    case 23: return "-D INPUT -p udp --dport 53 -j ACCEPT";
    case 27: return "-A INPUT -6 -s ::1 -j ACCEPT";
    case 29: return "-A INPUT -m comment --comment \"never closed";
    case 31: return "-A INPUT -m nosuchmatch --x -j ACCEPT";
    case 37: return "-A INPUT -d XX:XX -j DROP";
    default: return "-A INPUT -p tcp -m tcp --dport " + std::to_string(number % 60000 + 1) + " -j ACCEPT";
  }
}

/// The lines as a table; with `broken` a remark stands in every run, so that none is long enough for blocks.
std::string table(std::size_t lines, bool broken) {
  std::string text = "*filter\n:INPUT ACCEPT [0:0]\n";
  for (std::size_t number = 0; number < lines; ++number) {
    text += some_line(number) + '\n';
    text += broken ? "# remark\n" : "";
  }
  return text + "COMMIT\n";
}

std::string read(const std::string& text, bool broken) {
  compiler::Compilation compilation;
  compiler::add_text(compilation, "rules", text, {});
  compiler::finish(compilation);
  std::string out;
  for (std::uint32_t c = 0; c < compilation.ruleset.chains.size(); ++c) {
    const ir::Chain& chain = compilation.ruleset.chains[c];
    for (std::uint32_t i = 0; i < chain.rules.size(); ++i)
      out += backends::save_rule_text(compilation.ruleset, {ir::ChainId{c}, i}) + "  " +
             ir::dump_rule(compilation.ruleset, chain.rules[i]) + '\n';
  }
  for (const source::Diagnostic& each : compilation.diagnostics.all()) {
    const std::uint32_t line = broken ? (each.span.line + 3) / 2 : each.span.line;
    out += std::to_string(line) + ':' + std::to_string(each.span.column) + ": " + each.id + ": " + each.message + '\n';
  }
  return out;
}

TEST(RuleBlocks, ReadWhatTheLinesSay) {
  const std::size_t lines = 3 * compiler::kLeastRun + 77;
  const std::string blocks = read(table(lines, false), false);
  EXPECT_GT(blocks.size(), lines * 20);
  EXPECT_TRUE(blocks == read(table(lines, true), true)) << "reading in blocks and line by line differ";
}

}  // namespace
}  // namespace nfproof::testing
