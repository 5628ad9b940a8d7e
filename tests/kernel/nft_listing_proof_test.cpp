// SPDX-License-Identifier: Apache-2.0
// What `nft list ruleset` prints of the loaded translation of each ruleset of the corpus, read back, is proved to mean
// what the ruleset means.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <sstream>
#include <vector>

#include "backends/nft.h"
#include "cli/exit_code.h"
#include "cli/proof.h"
#include "tests/kernel/harness/tools.h"

namespace nfproof::testing {
namespace {

namespace fs = std::filesystem;

fs::path corpus() {
  const char* told = std::getenv("NFPROOF_CORPUS");
  return told != nullptr ? fs::path(told) : fs::path(NFPROOF_SOURCE_DIR) / "../shared/corpus";
}

struct Tally {
  std::size_t files = 0, proved = 0, undecided = 0;
};

void check(const fs::path& path, Tally& tally) {
  compiler::Compilation origin;
  compiler::add_file(origin, path.string(), {});
  compiler::finish(origin);
  backends::NftOptions options;
  options.sets = &origin.sets;
  const backends::NftTranslation made = backends::to_nft(origin.ruleset, options);
  if (origin.diagnostics.has_errors() || made.diagnostics.has_errors() || made.untranslated != 0) return;
  const RoundTrip loaded = Scratch::nft(made.text);
  if (!loaded.ok()) return;  // this kernel lacks something
  std::ostringstream out, err;
  cli::Terminal terminal(out, err, "never");
  cli::ProofOptions how;
  how.table_prefix = options.table_prefix;
  how.time = std::chrono::milliseconds(2000);
  const int code = cli::prove_translation(terminal, origin, loaded.save.out, how);
  EXPECT_NE(code, cli::kInternal) << path << "\n" << err.str().substr(0, 2000);
  ++tally.files;
  tally.proved += code == cli::kOk ? 1 : 0;
  tally.undecided += code == cli::kUndecided ? 1 : 0;
  if (code == cli::kUndecided) std::cout << "undecided: " << path.filename() << "\n";
}

TEST(NftListingProof, TheCorpusIsProved) {
  NFPROOF_NEEDS_KERNEL();
  const fs::path root = corpus() / "rulesets";
  if (!fs::is_directory(root)) GTEST_SKIP() << "NO CORPUS at " << root;
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(root))
    if (entry.path().extension() == ".v4" || entry.path().extension() == ".v6") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  Tally tally;
  for (const fs::path& path : files) check(path, tally);
  std::cout << tally.proved << " of " << tally.files << " listings proved, " << tally.undecided << " undecided\n";
  EXPECT_GT(tally.proved, tally.files * 9 / 10);
}

}  // namespace
}  // namespace nfproof::testing
