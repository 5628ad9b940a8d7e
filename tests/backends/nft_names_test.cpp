// SPDX-License-Identifier: Apache-2.0
// Names of chains and tables in nftables syntax.
#include "backends/nft_names.h"

#include <gtest/gtest.h>

namespace nfproof::backends {
namespace {

TEST(NftNames, KeepsWhatNftTakes) {
  NftNames names;
  for (const char* name : {"INPUT", "ufw-user-input", "cali-fw-1234", "REJECT", "a.b", "_a"}) {
    EXPECT_TRUE(is_nft_name(name)) << name;
    EXPECT_EQ(names.make(name), name);
  }
}

TEST(NftNames, ChangesWhatNftRefuses) {
  NftNames names;
  EXPECT_EQ(names.make("reject"), "reject_");
  EXPECT_EQ(names.make("$"), "_");
  EXPECT_EQ(names.make("a~b"), "a_b");
  EXPECT_EQ(names.make("a+b"), "a_b_2");
  EXPECT_EQ(names.make("1st"), "_1st");
  for (const char* name : {"reject", "accept", "dynamic", "$", "a~b", "1st", "", "-a", "a:b"}) {
    EXPECT_FALSE(is_nft_name(name)) << name;
  }
}

TEST(NftNames, QuotesAndCuts) {
  EXPECT_EQ(nft_quoted("a\"b\n"), "\"a'b \"");
  EXPECT_EQ(cut_text("abc", 2), "ab");
  EXPECT_EQ(cut_text("a\xc3\xa4", 2), "a");
  EXPECT_EQ(nft_interface("eth", true), "\"eth*\"");
  EXPECT_EQ(nft_interface("eth*", false), "\"eth\\*\"");
}

}  // namespace
}  // namespace nfproof::backends
