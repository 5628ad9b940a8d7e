// SPDX-License-Identifier: Apache-2.0
// The translation of every ruleset we have is read back without an error, and means the same for random traffic.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

#include "tests/property/reread.h"

namespace nfproof::testing {
namespace {

namespace fs = std::filesystem;

fs::path corpus() {
  const char* told = std::getenv("NFPROOF_CORPUS");
  return told != nullptr ? fs::path(told) : fs::path(NFPROOF_SOURCE_DIR) / "../shared/corpus";
}

TEST(NftReread, TheCorpusMeansTheSame) {
  const fs::path root = corpus() / "rulesets";
  if (!fs::is_directory(root)) GTEST_SKIP() << "NO CORPUS at " << root;
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(root))
    if (entry.path().extension() == ".v4" || entry.path().extension() == ".v6") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  std::size_t compared = 0;
  for (const fs::path& path : files) {
    std::ifstream in(path, std::ios::binary);
    const std::string text((std::istreambuf_iterator<char>(in)), {});
    const ir::Family family = path.extension() == ".v6" ? ir::Family::kIpv6 : ir::Family::kIpv4;
    compared += expect_reread_agrees(text, family, 7, path.string()) ? 1 : 0;
  }
  std::cout << compared << " of " << files.size() << " rulesets compared\n";
  EXPECT_GT(compared, files.size() / 4);
}

}  // namespace
}  // namespace nfproof::testing
