// SPDX-License-Identifier: Apache-2.0
// The files in `checks/`, one for each check: situations in which it fires or nearly does. A case begins with `===` and
// its name; `# ^ LEVEL MESSAGE` below a line says what the check of the file's name finds there, and everything it
// finds must be said. NFPROOF_REBLESS=1 writes these remarks anew.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "tests/analyzer/scenario.h"

namespace nfproof::analyzer {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMark = "# ^ ";

const fs::path kDirectory = fs::path(NFPROOF_SOURCE_DIR) / "tests" / "analyzer" / "checks";

struct Case {
  std::string name;  ///< the whole line
  std::vector<std::string> lines;
};

std::vector<Case> read_cases(const fs::path& path, std::string& head) {
  std::ifstream file(path);
  std::vector<Case> cases;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("=== "))
      cases.push_back({line, {}});
    else if (cases.empty())
      head += line + "\n";
    else
      cases.back().lines.push_back(line);
  }
  return cases;
}

std::string with_marks(const std::vector<std::string>& lines, std::string_view id, std::size_t& findings) {
  std::vector<std::string> bare;
  for (const std::string& line : lines)
    if (!line.starts_with(kMark)) bare.push_back(line);
  std::string text;
  for (const std::string& line : bare) text += line + "\n";
  const auto situation = analyze_situation(text);
  std::multimap<std::size_t, std::string> marks;
  for (const Finding& finding : situation->result.findings)
    if (finding.id == id)
      marks.emplace(finding.span.is_known() ? finding.span.line : 1,
                    std::string(kMark) + std::string(level_name(finding.level)) + ": " + finding.message);
  for (const Undecided& open : situation->result.undecided) ADD_FAILURE() << open.id << ": " << open.reason;
  findings += marks.size();
  std::string result;
  for (std::size_t i = 0; i < bare.size(); ++i) {
    result += bare[i] + "\n";
    for (auto [mark, end] = marks.equal_range(i + 1); mark != end; ++mark) result += mark->second + "\n";
  }
  return result;
}

std::vector<std::string> check_files() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(kDirectory)) names.push_back(entry.path().stem());
  std::sort(names.begin(), names.end());
  return names;
}

class Catalogue : public testing::TestWithParam<std::string> {};

TEST_P(Catalogue, FindsWhatItShould) {
  const fs::path path = kDirectory / (GetParam() + ".txt");
  const CheckInfo* check = find_check(GetParam());
  ASSERT_NE(check, nullptr) << "no check is called " << GetParam();
  const bool rebless = std::getenv("NFPROOF_REBLESS") != nullptr;
  std::string written;
  std::size_t findings = 0;
  std::size_t quiet = 0;
  for (const Case& each : read_cases(path, written)) {
    SCOPED_TRACE(each.name);
    std::string expected;
    for (const std::string& line : each.lines) expected += line + "\n";
    std::size_t here = 0;
    const std::string found = with_marks(each.lines, check->id, here);
    if (!rebless) {
      EXPECT_EQ(found, expected);
    }
    written += each.name + "\n" + found;
    findings += here;
    quiet += here == 0 ? 1 : 0;
  }
  if (rebless) std::ofstream(path) << written;
  EXPECT_GT(findings, 0U) << "no case in which it fires";
  EXPECT_GT(quiet, 0U) << "no case in which it is quiet";
}

INSTANTIATE_TEST_SUITE_P(Checks, Catalogue, testing::ValuesIn(check_files()),
                         [](const auto& each) { return each.param; });

}  // namespace
}  // namespace nfproof::analyzer
