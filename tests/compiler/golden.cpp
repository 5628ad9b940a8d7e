// SPDX-License-Identifier: Apache-2.0
// Reading, comparing and rewriting golden files.
#include "tests/compiler/golden.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>

namespace nfproof::testing {

namespace fs = std::filesystem;

std::string read_text(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::vector<fs::path> files_in(const fs::path& folder, const std::vector<std::string>& extensions) {
  std::vector<fs::path> files;
  std::error_code error;
  for (const auto& entry : fs::recursive_directory_iterator(folder, error))
    if (std::find(extensions.begin(), extensions.end(), entry.path().extension()) != extensions.end())
      files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

void expect_golden(const fs::path& expectation, const std::string& text) {
  if (std::getenv("NFPROOF_REWRITE") != nullptr) {
    std::ofstream(expectation, std::ios::binary) << text;
    return;
  }
  EXPECT_EQ(read_text(expectation), text) << "expected in " << expectation;
}

fs::path corpus() {
  const char* told = std::getenv("NFPROOF_CORPUS");
  const fs::path path = told != nullptr ? fs::path(told) : fs::path(NFPROOF_SOURCE_DIR) / "../shared/corpus";
  return fs::is_directory(path) ? path : fs::path{};
}

}  // namespace nfproof::testing
