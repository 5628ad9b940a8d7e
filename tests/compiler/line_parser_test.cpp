// SPDX-License-Identifier: Apache-2.0
// The scanner of well-formed lines gives the same words as the grammar, on lines of every kind, whole and damaged.
#include <gtest/gtest.h>

#include <fstream>
#include <random>
#include <string>

#include "compiler/frontend/line_parser.h"
#include "tests/compiler/golden.h"

namespace nfproof {
namespace {

using compiler::LineParser;
using compiler::ParsedLine;

std::string describe(const ParsedLine& line) {
  std::string text = std::to_string(static_cast<int>(line.kind)) + ' ' + std::to_string(line.span.column) + '-' +
                     std::to_string(line.span.end_column);
  if (line.counters)
    text += " [" + std::to_string(line.counters->packets) + ':' + std::to_string(line.counters->bytes) + ']';
  if (line.unclosed_quote) text += " unclosed";
  if (line.kind == compiler::LineKind::kBad)
    return text + " at " + std::to_string(line.error_span.column) + ": " + line.error;
  for (const compiler::Word& word : line.words)
    text += "\n  " + std::to_string(word.span.column) + '-' + std::to_string(word.span.end_column) +
            (word.quoted ? " quoted " : " plain ") + std::string(word.text);
  return text;
}

class Comparison {
 public:
  void compare(const std::string& line) {
    ++lines_;
    EXPECT_EQ(describe(quick_.parse({}, 1, line)), describe(grammar_.parse({}, 1, line))) << line;
  }
  [[nodiscard]] std::size_t lines() const { return lines_; }

 private:
  LineParser quick_;
  LineParser grammar_{LineParser::Way::kGrammar};
  std::size_t lines_ = 0;
};

/// One to three places changed to what makes a difference to a lexer.
std::string damaged(std::string line, std::mt19937& random) {
  static constexpr std::string_view kLetters = "\"\\ !-:*#[]\t\rCa0'\xc3";
  for (std::size_t changes = 1 + random() % 3; changes > 0; --changes) {
    const std::size_t at = random() % (line.size() + 1);
    const char letter = kLetters[random() % kLetters.size()];
    switch (random() % 3) {
      case 0: line.insert(at, 1, letter); break;
      case 1:
        if (at < line.size()) line[at] = letter;
        break;
      default:
        if (at < line.size()) line.erase(at, 1 + random() % 4);
    }
  }
  return line;
}

constexpr const char* kLines[] = {"",
                                  "  ",
                                  "#",
                                  " # remark",
                                  "*filter",
                                  "* nat",
                                  "*",
                                  ":INPUT ACCEPT [0:0]",
                                  ":X -",
                                  ":",
                                  "COMMIT",
                                  "COMMIT ",
                                  "COMMITx",
                                  "COMMIT x",
                                  "-A INPUT -j ACCEPT",
                                  "[1:2] -A INPUT",
                                  "[1:2]-A INPUT",
                                  "[1:2]",
                                  "[1:] -A X",
                                  "[a:2] -A X",
                                  "[99999999999999999999:1] -A X",
                                  "! -A",
                                  "!",
                                  "-A INPUT ! -s 10.0.0.0/8",
                                  "-A INPUT -s ! 10.0.0.0/8",
                                  "-A X ! ! -s 1",
                                  "-A X \"!\" -s 1.2.3.4",
                                  "-A X !\"\" -s 1",
                                  "-A X --comment \"a b\" -j Y",
                                  R"(-A X --comment "a \" b" -j Y)",
                                  R"(-A X --comment "a \\" -j Y)",
                                  R"(-A X --comment a"b c"d -j Y)",
                                  R"(-A X --comment "open)",
                                  R"(-A X --comment "open\)",
                                  "-A X --comment \"\" -j Y",
                                  "-",
                                  "--",
                                  "-\"x y\"",
                                  "word",
                                  "\"word\"",
                                  "word -A",
                                  "-A X -m comment --comment \"-j\"",
                                  "-A X\t-j\tY",
                                  "-A X -j Y\r",
                                  "iptables -A X",
                                  "'single -A X' -j Y"};

TEST(LineParser, ScannerAndGrammarAgreeOnOddLines) {
  Comparison comparison;
  std::mt19937 random(7);
  for (const std::string line : kLines) {
    comparison.compare(line);
    for (int i = 0; i < 40; ++i) comparison.compare(damaged(line, random));
  }
}

TEST(LineParser, ScannerAndGrammarAgreeOnTheCorpus) {
  if (testing::corpus().empty()) GTEST_SKIP() << "*** the corpus is not there: set NFPROOF_CORPUS ***";
  Comparison comparison;
  std::mt19937 random(11);
  for (const auto& path : testing::files_in(testing::corpus() / "rulesets", {".v4", ".v6"})) {
    std::ifstream file(path, std::ios::binary);
    // The first lines of a file are of all kinds; thousands more of the same kind show nothing new.
    int left = 60;
    for (std::string line; left > 0 && std::getline(file, line); --left) {
      comparison.compare(line);
      comparison.compare(damaged(line, random));
    }
  }
  EXPECT_GT(comparison.lines(), 1000U);
}

}  // namespace
}  // namespace nfproof
