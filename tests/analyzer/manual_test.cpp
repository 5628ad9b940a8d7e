// SPDX-License-Identifier: Apache-2.0
// The manual pages: every check has one with all headings, its example makes the check fire, and what it recommends
// instead does not.
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "analyzer/analyze.h"
#include "compiler/frontend/compile.h"

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

AnalyzeResult run(const std::string& text) {
  compiler::Compilation compilation;
  compiler::CompileOptions options;
  options.family = ir::Family::kIpv4;
  compiler::add_text(compilation, "example.v4", text, options);
  compiler::finish(compilation);
  for (const auto& diagnostic : compilation.diagnostics.all())
    EXPECT_NE(diagnostic.severity, source::Severity::kError) << diagnostic.message << "\n" << text;
  return analyze(compilation.ruleset, {});
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
    const AnalyzeResult bad = run(example);
    EXPECT_TRUE(fires(bad, info.id)) << info.id << " must fire on\n" << example;
    EXPECT_TRUE(bad.undecided.empty()) << info.id;
    EXPECT_FALSE(fires(run(remedy), info.id)) << info.id << " must be quiet on\n" << remedy;
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
