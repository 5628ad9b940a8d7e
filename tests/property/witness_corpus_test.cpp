// SPDX-License-Identifier: Apache-2.0
// Every witness that the analysis of a corpus ruleset finds is replayed by the simulator.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "analyzer/analyze.h"
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

TEST(Witnesses, ReplayInTheSimulator) {
  const fs::path rulesets = corpus() / "rulesets";
  if (!fs::exists(rulesets)) GTEST_SKIP() << "NO CORPUS at " << rulesets << ": set NFPROOF_CORPUS";
  std::size_t witnesses = 0;
  for (const auto& entry : fs::recursive_directory_iterator(rulesets)) {
    const std::string extension = entry.path().extension();
    if (extension != ".v4" && extension != ".v6") continue;
    compiler::Compilation compilation;
    compiler::add_file(compilation, entry.path().string(), {});
    compiler::finish(compilation);
    const ir::Host host = compiler::assume_host(compilation.ruleset);
    analyzer::AnalyzeOptions options;
    options.host = &host;
    const auto oracle = cli::make_oracle(compilation.ruleset, host);
    options.oracle = [&](const ir::Packet& packet, const analyzer::WitnessClaim& claim) {
      ++witnesses;
      return oracle(packet, claim);
    };
    for (const std::string& error : analyzer::analyze(compilation.ruleset, options).internal_errors)
      ADD_FAILURE() << entry.path() << ": " << error;
  }
  EXPECT_GT(witnesses, 100U);
  std::cout << witnesses << " witnesses\n";
}

}  // namespace
}  // namespace nfproof
