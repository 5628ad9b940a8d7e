// SPDX-License-Identifier: Apache-2.0
// What stands outside of quotes.
#include "compiler/source/quotes.h"

#include <gtest/gtest.h>

#include <string>

namespace nfproof::source {
namespace {

std::string bare(std::string_view line) {
  BareScanner scanner(line);
  std::string out;
  while (const auto at = scanner.next()) out += line[*at];
  return out;
}

TEST(BareScanner, LeavesOutWhatQuotesAndBackslashesHold) {
  EXPECT_EQ(bare("a 'b;' \"c;\" d\\;e"), "a   de");
  EXPECT_EQ(bare("'\\' ; \"\\\";\" x"), " ;  x");
}

TEST(BareScanner, ShowsTheBackquotesOfDoubleQuotes) { EXPECT_EQ(bare("\"a `date` b\" '`'"), "`` "); }

TEST(BareScanner, EndsAtARemark) {
  BareScanner scanner("a#b '#' # c 'd");
  while (scanner.next()) {
  }
  EXPECT_EQ(scanner.remark(), 8U);
  EXPECT_EQ(scanner.open_quote(), '\0');
}

TEST(BareScanner, TellsTheQuoteThatStaysOpen) {
  BareScanner scanner("a 'b # c");
  while (scanner.next()) {
  }
  EXPECT_EQ(scanner.remark(), std::string_view::npos);
  EXPECT_EQ(scanner.open_quote(), '\'');
}

}  // namespace
}  // namespace nfproof::source
