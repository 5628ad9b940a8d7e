// SPDX-License-Identifier: Apache-2.0
// Every ruleset of the corpus goes through the analysis; all witnesses replay; the counts of findings are printed, so
// that a change of a check shows what it does to real files. With NFPROOF_SURVEY set each finding is printed as well.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <map>

#include "analyzer/analyze.h"
#include "compiler/frontend/compile.h"
#include "compiler/passes/assume_host.h"

namespace nfproof::analyzer {
namespace {

namespace fs = std::filesystem;

fs::path corpus() {
  if (const char* set = std::getenv("NFPROOF_CORPUS")) return set;
  return fs::path(NFPROOF_SOURCE_DIR) / ".." / "shared" / "corpus";
}

void print(const Finding& finding, const std::string& path) {
  std::cout << path << ':' << finding.span.line << ": " << level_name(finding.level) << ": " << finding.message << " ["
            << finding.id << "]\n";
  for (const Because& because : finding.because)
    std::cout << "    line " << because.span.line << ": " << because.message << '\n';
  if (finding.witness) std::cout << "    packet: " << ir::packet_expression(finding.witness->packet) << '\n';
}

struct Survey {
  std::map<std::string, std::size_t> by_id;
  std::size_t undecided = 0;
  std::size_t queries = 0;
};

void survey_file(const fs::path& path, Survey& survey, bool loud) {
  compiler::Compilation compilation;
  compiler::add_file(compilation, path.string(), {});
  compiler::finish(compilation);
  const ir::Host host = compiler::assume_host(compilation.ruleset);
  AnalyzeOptions options;
  options.host = &host;
  const AnalyzeResult result = analyze(compilation.ruleset, options);
  for (const Finding& finding : result.findings) {
    ++survey.by_id[std::string(finding.id) + " " + std::string(level_name(finding.level))];
    if (loud) print(finding, path.parent_path().filename() / path.filename());
  }
  for (const Undecided& each : result.undecided)
    if (loud) std::cout << path.string() << ':' << each.span.line << ": undecided: " << each.reason << '\n';
  survey.undecided += result.undecided.size();
  survey.queries += result.stats.solver_queries;
  EXPECT_TRUE(result.internal_errors.empty()) << path << ": " << result.internal_errors.front();
  if (loud || result.stats.total_ms > 1000)
    std::cout << path.filename().string() << ": " << result.stats.rules << " rules, " << result.stats.packets_walked
              << " packets, " << result.stats.alive_by_packet << " alive by packet, " << result.stats.solver_queries
              << " queries, " << result.stats.solver_ms << " ms solver, " << result.stats.total_ms << " ms\n";
}

TEST(Corpus, AllRulesetsAreAnalyzed) {
  const fs::path rulesets = corpus() / "rulesets";
  if (!fs::exists(rulesets)) GTEST_SKIP() << "NO CORPUS at " << rulesets << ": set NFPROOF_CORPUS";
  const char* only = std::getenv("NFPROOF_SURVEY");
  Survey survey;
  std::size_t files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(rulesets)) {
    const std::string extension = entry.path().extension();
    if (extension != ".v4" && extension != ".v6") continue;
    if (only != nullptr && entry.path().string().find(only) == std::string::npos) continue;
    survey_file(entry.path(), survey, only != nullptr);
    ++files;
  }
  for (const auto& [id, count] : survey.by_id) std::cout << id << ": " << count << '\n';
  std::cout << files << " files, " << survey.queries << " solver queries, " << survey.undecided << " undecided\n";
}

}  // namespace
}  // namespace nfproof::analyzer
