// SPDX-License-Identifier: Apache-2.0
// What rules mean: each line of the files in golden/rules to the one-line dump of its core.
#include <gtest/gtest.h>

#include "backends/iptables_save.h"
#include "compiler/frontend/compile.h"
#include "compiler/ir/dump.h"
#include "tests/compiler/golden.h"

namespace nfproof::testing {
namespace {

void check_dumps(const std::string& name) {
  const std::filesystem::path folder = std::filesystem::path(NFPROOF_SOURCE_DIR) / "tests/compiler/golden/rules";
  compiler::Compilation compilation;
  compiler::add_file(compilation, (folder / name).string(), {});
  compiler::finish(compilation);
  EXPECT_FALSE(compilation.diagnostics.has_errors());
  std::string out;
  for (std::size_t c = 0; c < compilation.ruleset.chains.size(); ++c) {
    const ir::Chain& chain = compilation.ruleset.chains[c];
    for (std::uint32_t i = 0; i < chain.rules.size(); ++i) {
      const ir::RuleRef place{ir::ChainId{static_cast<std::uint32_t>(c)}, i};
      out += backends::save_rule_text(compilation.ruleset, place) + "\n    " +
             ir::dump_rule(compilation.ruleset, chain.rules[i]) + '\n';
    }
  }
  expect_golden(folder / (name + ".dump"), out);
}

TEST(RuleDump, Ipv4) { check_dumps("rules.v4"); }
TEST(RuleDump, Ipv6) { check_dumps("rules.v6"); }
TEST(RuleDump, Matches4) { check_dumps("matches.v4"); }
TEST(RuleDump, Matches6) { check_dumps("matches.v6"); }
TEST(RuleDump, Targets4) { check_dumps("targets.v4"); }
TEST(RuleDump, Targets6) { check_dumps("targets.v6"); }

}  // namespace
}  // namespace nfproof::testing
