// SPDX-License-Identifier: Apache-2.0
// Diagnostics and source lines as text: columns, tabs, UTF-8, colours.
#include <gtest/gtest.h>

#include "report/diagnostics.h"
#include "report/snippet.h"

namespace nfproof::report {
namespace {

TEST(Style, MakesLinesPrintable) {
  EXPECT_EQ(printable("a\tb"), "a       b");
  EXPECT_EQ(printable("gr\xc3\xbc\xc3\x9f"), "gr\xc3\xbc\xc3\x9f");
  EXPECT_EQ(printable("\x1b[31m \xff \xc0\x80 \xc2\x85"), "?[31m ? ?? ??");
  EXPECT_EQ(column_of("\tx", 1), 8U);
  EXPECT_EQ(column_of("\xc3\xbcx", 2), 1U);
}

TEST(Style, PaintsOnlyWithColour) {
  EXPECT_EQ(paint({false, true, 0}, Tone::kError, "x"), "x");
  EXPECT_EQ(paint({true, true, 0}, Tone::kError, "x"), "\033[1;31mx\033[0m");
}

TEST(Style, Counts) {
  EXPECT_EQ(counted(1, "rule"), "1 rule");
  EXPECT_EQ(counted(0, "rule"), "0 rules");
}

struct OneFile {
  source::SourceManager sources;
  source::FileId file;
  source::Diagnostics diagnostics;
  explicit OneFile(std::string text) : file(sources.add("rules.v4", std::move(text))) {}
};

TEST(Diagnostics, PutTheCaretUnderTheColumns) {
  OneFile one("*filter\n-A INPUT -m foo\tx\r\nCOMMIT\n");
  one.diagnostics.error("unknown-module", {one.file, 2, 13, 16}, "unknown match `foo`");
  EXPECT_EQ(diagnostics_text({false, true, 0}, one.sources, one.diagnostics),
            "rules.v4:2:13: error: unknown match `foo` [unknown-module]\n"
            "     2 | -A INPUT -m foo x\n"
            "       |             ^^^\n");
  EXPECT_EQ(diagnostics_text({false, false, 0}, one.sources, one.diagnostics),
            "rules.v4:2:13: error: unknown match `foo` [unknown-module]\n");
}

TEST(Diagnostics, CountColumnsAsTheyArePrinted) {
  OneFile one("\t\xc3\xbc\xc3\xbc foo\n");
  one.diagnostics.warning("odd", {one.file, 1, 7, 10}, "odd word");
  EXPECT_EQ(diagnostics_text({false, true, 0}, one.sources, one.diagnostics),
            "rules.v4:1:7: warning: odd word [odd]\n"
            "     1 |         \xc3\xbc\xc3\xbc foo\n"
            "       |            ^^^\n");
}

TEST(Diagnostics, ComeInTheOrderOfLinesWithTheirLabels) {
  OneFile one("first\nsecond\n");
  one.diagnostics.error("b", {one.file, 2, 1, 7}, "late").labels.push_back({{one.file, 1, 1, 6}, "seen here"});
  one.diagnostics.note("a", {one.file, 1, 1, 2}, "early");
  EXPECT_EQ(diagnostics_text({false, false, 0}, one.sources, one.diagnostics),
            "rules.v4:1:1: note: early [a]\n"
            "rules.v4:2:1: error: late [b]\n"
            "rules.v4:1:1: note: seen here\n");
  EXPECT_EQ(diagnostic_text({false, true, 0}, one.sources, one.diagnostics.all()[0]),
            "rules.v4:2:1: error: late [b]\n"
            "     2 | second\n"
            "       | ^^^^^^\n"
            "     1 | first\n"
            "       | ----- seen here\n");
}

TEST(Diagnostics, WithoutAPlaceNameTheProgramOrTheFile) {
  source::SourceManager sources;
  source::Diagnostics diagnostics;
  diagnostics.error("x", {}, "no input");
  EXPECT_EQ(diagnostics_text({}, sources, diagnostics), "nfproof: error: no input [x]\n");
}

TEST(Snippet, CutsLongLinesAroundTheMarks) {
  OneFile one(std::string(200, 'a') + "MARK" + std::string(200, 'b') + "\n");
  const std::string text = snippet({false, true, 60}, one.sources, {{one.file, 1, 201, 205}, '^', Tone::kError, ""});
  const std::size_t newline = text.find('\n');
  EXPECT_LE(newline, 60U);
  EXPECT_EQ(text.find("MARK"), text.find("^^^^") - newline - 1);
}

TEST(Snippet, ShowsAPartOfLinesThatProgramsWrote) {
  OneFile one(std::string(100'000, 'a') + "MARK" + std::string(100'000, 'b') + "\n");
  const std::string text =
      snippet({false, true, 0}, one.sources, {{one.file, 1, 100'001, 100'005}, '^', Tone::kError, ""});
  const std::size_t newline = text.find('\n');
  EXPECT_LE(newline, 200U);
  EXPECT_EQ(text.find("MARK"), text.find("^^^^") - newline - 1);
}

}  // namespace
}  // namespace nfproof::report
