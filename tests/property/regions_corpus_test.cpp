// SPDX-License-Identifier: Apache-2.0
// Regions of every ruleset of the corpus: each packet shown replays in the simulator, each ruleset is equivalent to
// itself, and nothing stays undecided.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>

#include "analyzer/regions/regions.h"
#include "cli/oracle.h"
#include "compiler/frontend/compile.h"
#include "compiler/passes/assume_host.h"

namespace nfproof {
namespace {

namespace fs = std::filesystem;

fs::path corpus() {
  if (const char* set = std::getenv("NFPROOF_CORPUS")) return set;
  return fs::path(NFPROOF_SOURCE_DIR) / ".." / "shared" / "corpus";
}

TEST(Regions, OfTheCorpus) {
  const fs::path rulesets = corpus() / "rulesets";
  if (!fs::exists(rulesets)) GTEST_SKIP() << "NO CORPUS at " << rulesets << ": set NFPROOF_CORPUS";
  std::size_t shown = 0;
  std::size_t hidden = 0;
  for (const auto& entry : fs::recursive_directory_iterator(rulesets)) {
    const std::string extension = entry.path().extension();
    if (extension != ".v4" && extension != ".v6") continue;
    compiler::Compilation compilation;
    compiler::add_file(compilation, entry.path().string(), {});
    compiler::finish(compilation);
    const ir::Host host = compiler::assume_host(compilation.ruleset);
    analyzer::RegionOptions options;
    options.host = &host;
    options.oracle = options.new_oracle = cli::make_oracle(compilation.ruleset, host);
    const analyzer::DiffResult same = analyzer::diff(compilation.ruleset, compilation.ruleset, options);
    EXPECT_TRUE(same.equivalent) << entry.path() << (same.undecided.empty() ? "" : ": " + same.undecided[0].reason);
    if (compilation.ruleset.rule_count() > 1500) continue;  // thousands of regions
    const analyzer::QueryResult result = analyzer::query(compilation.ruleset, {}, options);
    for (const std::string& error : result.internal_errors) ADD_FAILURE() << entry.path() << ": " << error;
    for (const analyzer::RegionTrouble& open : result.undecided) ADD_FAILURE() << entry.path() << ": " << open.reason;
    for (const analyzer::QueryRegion& row : result.regions) (row.region.witness ? shown : hidden) += 1;
  }
  std::cout << shown << " regions with a packet, " << hidden << " without\n";
  EXPECT_GT(shown, 1000U);
}

}  // namespace
}  // namespace nfproof
