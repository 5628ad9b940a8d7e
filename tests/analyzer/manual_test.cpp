// SPDX-License-Identifier: Apache-2.0
// The manual pages: every check has one with all headings, its example makes the check fire, and what it recommends
// instead does not.
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "tests/analyzer/scenario.h"

namespace nfproof::analyzer {
namespace {

constexpr std::string_view kHeadings[] = {
    "What it finds", "Why it matters", "Example", "Use instead", "Witness", "How it is proved", "When the fix is safe"};

/// The indented lines below a heading.
std::string section(std::string_view manual, std::string_view heading) {
  std::istringstream lines{std::string(manual)};
  std::string text;
  bool inside = false;
  for (std::string line; std::getline(lines, line);) {
    if (!line.empty() && line.front() != ' ')
      inside = line == heading;
    else if (inside && line.starts_with("    "))
      text += line.substr(4) + '\n';
  }
  return text;
}

bool fires(const AnalyzeResult& result, std::string_view id) {
  return std::any_of(result.findings.begin(), result.findings.end(),
                     [&](const Finding& finding) { return finding.id == id; });
}

TEST(Manual, EveryCheckHasOneWithAllHeadings) {
  for (const CheckInfo& info : check_catalogue()) {
    std::istringstream lines{std::string(check_manual(info))};
    std::vector<std::string> found;
    for (std::string line; std::getline(lines, line);)
      if (std::find(std::begin(kHeadings), std::end(kHeadings), line) != std::end(kHeadings)) found.push_back(line);
    ASSERT_EQ(found.size(), std::size(kHeadings)) << info.id;
    EXPECT_TRUE(std::equal(found.begin(), found.end(), std::begin(kHeadings))) << info.id;
  }
}

TEST(Manual, ExamplesFireAndTheRemedyIsQuiet) {
  for (const CheckInfo& info : check_catalogue()) {
    const std::string example = section(check_manual(info), "Example");
    const std::string remedy = section(check_manual(info), "Use instead");
    ASSERT_FALSE(example.empty()) << info.id;
    ASSERT_FALSE(remedy.empty()) << info.id;
    if (example.starts_with("#!")) continue;  // a script; the tests of the command line have it
    const std::string asked = info.on_request ? "# select: " + std::string(info.id) + "\n" : "";
    const AnalyzeResult bad = analyze_situation(asked + example)->result;
    EXPECT_TRUE(fires(bad, info.id)) << info.id << " must fire on\n" << example;
    EXPECT_TRUE(bad.undecided.empty()) << info.id;
    EXPECT_FALSE(fires(analyze_situation(asked + remedy)->result, info.id)) << info.id << " must be quiet on\n"
                                                                            << remedy;
  }
}

TEST(Catalogue, FindsByIdAndName) {
  ASSERT_NE(find_check("nf101"), nullptr);
  EXPECT_EQ(find_check("nf101")->name, "shadowed-rule");
  EXPECT_EQ(find_check("Lockout-New"), find_check("NF201"));
  EXPECT_EQ(find_check("NF999"), nullptr);
}

}  // namespace
}  // namespace nfproof::analyzer
