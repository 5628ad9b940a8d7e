// SPDX-License-Identifier: Apache-2.0
// Small odd inputs of the corpus: accepted and refused as iptables-legacy-restore does, but for the differences that
// are listed here with their reason.
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <sstream>

#include "compiler/frontend/compile.h"
#include "tests/compiler/golden.h"

namespace nfproof::testing {
namespace {

const std::map<std::string, std::string>& known_differences() {
  static const std::map<std::string, std::string> kKnown = {
      {"chain-declared-twice.v4", "accepted with a warning: the nft variant takes it"},
      {"comment-256.v4", "refused: restore silently cuts a comment to 255 characters"},
      {"jump-loop.v4", "refused: --test does not ask the kernel, which refuses the loop"},
      {"leading-space-star.v4", "accepted with a warning"},
      {"no-final-newline.v4", "accepted with a warning: the nft variant takes it"},
      {"nul-byte.v4", "refused: restore silently drops what follows the NUL"},
      {"upstream-0001-firewalld_0-here2.v4", "accepted with a warning: dumps may lack chain lines"},
      {"option-glued.v4", "accepted: only some versions, 1.8.9 among them, refuse a value glued to its option"},
      {"wrong-table-target.v4", "refused: --test does not ask the kernel, which refuses the target"},
  };
  return kKnown;
}

bool accepts(const std::filesystem::path& path) {
  compiler::Compilation compilation;
  compiler::add_file(compilation, path.string(), {});
  compiler::finish(compilation);
  return !compilation.diagnostics.has_errors();
}

TEST(Seeds, AcceptedAsByRestore) {
  const auto root = corpus();
  if (root.empty()) GTEST_SKIP() << "*** the corpus is not there: set NFPROOF_CORPUS ***";
  std::ifstream table(root / "seeds/expected.tsv");
  std::string line;
  std::getline(table, line);
  std::size_t seen = 0;
  while (std::getline(table, line)) {
    std::istringstream fields(line);
    std::string file, nft, nft_message, legacy;
    std::getline(fields, file, '\t');
    std::getline(fields, nft, '\t');
    std::getline(fields, nft_message, '\t');
    std::getline(fields, legacy, '\t');
    const bool known = known_differences().contains(file);
    EXPECT_EQ(accepts(root / "seeds" / file) == (legacy == "OK"), !known) << file;
    ++seen;
  }
  EXPECT_GT(seen, 0U);
}

}  // namespace
}  // namespace nfproof::testing
