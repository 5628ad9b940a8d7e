// SPDX-License-Identifier: Apache-2.0
// Every snippet in `snippets/*.sh` gives the same words and the same exit status as with the machine's own shells. A
// file holds snippets after lines `=== NAME`, or one on each line (`*-lines.sh`); those in `bash*.sh` are for bash,
// those in `sh*.sh` for dash and bash.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/kernel/harness/process.h"
#include "tests/script/recorder.h"

namespace nfproof::testing {
namespace {

struct Snippet {
  std::string name;
  std::string text;
};

std::vector<Snippet> snippets_of(const std::filesystem::path& path) {
  std::vector<Snippet> snippets;
  const bool lines = path.stem().string().ends_with("-lines");
  std::ifstream file(path);
  int number = 0;
  for (std::string line; std::getline(file, line);) {
    ++number;
    if (lines) {
      if (!line.starts_with('#'))
        snippets.push_back({path.stem().string() + ": " + std::to_string(number), line + '\n'});
    } else if (line.starts_with("=== ")) {
      snippets.push_back({path.stem().string() + ": " + line.substr(4), {}});
    } else if (!snippets.empty()) {
      snippets.back().text += line + '\n';
    }
  }
  return snippets;
}

constexpr std::string_view kPrint = "p() { for w in \"$@\"; do printf '<%s>' \"$w\"; done; echo; }\n";

void compare(const std::string& shell, const std::vector<Snippet>& snippets) {
  std::vector<std::string> scripts;
  for (const Snippet& snippet : snippets)
    scripts.push_back("#!/bin/" + shell + '\n' + std::string(kPrint) + snippet.text);
  const std::vector<Recorded> real = record_real(shell, scripts);
  for (std::size_t i = 0; i < scripts.size(); ++i) {
    const Recorded mine = record_virtual(scripts[i]);
    const std::string where =
        snippets[i].name + " in " + shell + '\n' + snippets[i].text + mine.problems + real[i].problems;
    EXPECT_EQ(mine.out, real[i].out) << where;
    EXPECT_EQ(mine.status, real[i].status) << where;
  }
}

TEST(ScriptSemantics, SnippetsAgreeWithRealShells) {
  if (!have_tool("dash") || !have_tool("bash")) GTEST_SKIP() << "dash and bash are needed";
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(NFPROOF_SOURCE_DIR "/tests/script/snippets")) {
    const std::vector<Snippet> snippets = snippets_of(entry.path());
    if (entry.path().filename().string().starts_with("sh")) compare("dash", snippets);
    compare("bash", snippets);
    count += snippets.size();
  }
  EXPECT_GE(count, 500U);
}

}  // namespace
}  // namespace nfproof::testing
