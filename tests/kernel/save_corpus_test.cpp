// SPDX-License-Identifier: Apache-2.0
// Canonical text against the kernel's own tool: for every ruleset (examples and corpus) that iptables-restore loads in
// an empty namespace, the frontend finds no error, and what the backend prints is what iptables-save prints back,
// counters and header comments aside. Sets that a ruleset refers to are made first, empty.
#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>
#include <map>
#include <set>
#include <sstream>

#include "backends/iptables_save.h"
#include "compiler/frontend/compile.h"
#include "tests/compiler/golden.h"
#include "tests/kernel/harness/tools.h"

namespace nfproof::testing {
namespace {

namespace fs = std::filesystem;

/// Tables by name, each as its lines; policy counters are cut off.
std::map<std::string, std::string> tables_of(const std::string& text) {
  std::map<std::string, std::string> tables;
  std::string* current = nullptr;
  std::istringstream lines(text);
  std::string line;
  while (std::getline(lines, line)) {
    if (line.empty() || line[0] == '#') continue;
    if (line[0] == '*') current = &tables[line];
    if (line[0] == ':') line.erase(line.find(" ["));
    if (current != nullptr) *current += line + '\n';
  }
  return tables;
}

/// `ipset restore` text for the sets that rules name: as many dimensions as the rule asks for.
std::string sets_for(const std::string& text, bool ipv6) {
  static const std::map<std::size_t, std::string> kTypes = {
      {0, "hash:ip"}, {1, "hash:ip,port"}, {2, "hash:ip,port,ip"}};
  std::set<std::string> made;
  std::string out;
  for (const std::string option : {"--match-set ", "--add-set ", "--del-set "}) {
    for (std::size_t at = text.find(option); at != std::string::npos; at = text.find(option, at + 1)) {
      std::istringstream words(text.substr(at + option.size(), 200));
      std::string name, flags;
      words >> name >> flags;
      const auto commas = static_cast<std::size_t>(std::count(flags.begin(), flags.end(), ','));
      const auto type = kTypes.find(commas);
      if (type != kTypes.end() && made.insert(name).second)
        out += "create " + name + ' ' + type->second + (ipv6 ? " family inet6\n" : " family inet\n");
    }
  }
  return out;
}

struct Answer {
  bool loads = false;
  std::string saved;
};

Answer ask_kernel(const std::string& text, bool ipv6) {
  RoundTripOptions options;
  options.ipset = sets_for(text, ipv6);
  for (const Backend backend : {Backend::kLegacy, Backend::kNft}) {
    const RoundTrip trip = Scratch::iptables(backend, ipv6 ? Family::kIpv6 : Family::kIpv4, text, options);
    if (trip.ok()) return {true, trip.save.out};
  }
  return {};
}

class SaveCorpus : public ::testing::Test {
 protected:
  void compare(const fs::path& file) {
    SCOPED_TRACE(file.string());
    const bool ipv6 = file.extension() == ".v6";
    const Answer kernel = ask_kernel(read_text(file), ipv6);
    ++files_;
    if (!kernel.loads) return;
    ++loaded_;
    compiler::Compilation compilation;
    compiler::add_file(compilation, file.string(), {});
    compiler::finish(compilation);
    for (const source::Diagnostic& diagnostic : compilation.diagnostics.all())
      EXPECT_NE(diagnostic.severity, source::Severity::kError) << diagnostic.span.line << ": " << diagnostic.message;
    const auto theirs = tables_of(kernel.saved);
    const auto family = ipv6 ? ir::Family::kIpv6 : ir::Family::kIpv4;
    for (const auto& [name, lines] : tables_of(backends::save_text(compilation.ruleset, family))) {
      const auto found = theirs.find(name);
      ASSERT_NE(found, theirs.end()) << name;
      EXPECT_EQ(lines, found->second);
    }
  }

  void TearDown() override { std::cout << "the kernel loads " << loaded_ << " of " << files_ << " files\n"; }

  std::size_t files_ = 0;
  std::size_t loaded_ = 0;
};

TEST_F(SaveCorpus, OwnFiles) {
  NFPROOF_NEEDS_KERNEL();
  const fs::path root(NFPROOF_SOURCE_DIR);
  for (const fs::path& folder : {root / "examples", root / "tests/compiler/golden/rules"})
    for (const fs::path& file : files_in(folder, {".v4", ".v6"})) compare(file);
  EXPECT_GT(loaded_, 5U);
}

TEST_F(SaveCorpus, RealFiles) {
  NFPROOF_NEEDS_KERNEL();
  if (corpus().empty()) GTEST_SKIP() << "*** the corpus is not there: set NFPROOF_CORPUS ***";
  for (const fs::path& file : files_in(corpus() / "rulesets", {".v4", ".v6"})) compare(file);
  EXPECT_GT(loaded_, 190U);
}

}  // namespace
}  // namespace nfproof::testing
