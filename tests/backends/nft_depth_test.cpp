// SPDX-License-Identifier: Apache-2.0
// nftables refuses chains that call each other too deep; the translation says so.
#include <gtest/gtest.h>

#include "backends/nft.h"
#include "compiler/frontend/compile.h"

namespace nfproof::backends {
namespace {

/// INPUT calls c1, which calls c2, and so on.
bool fits(int depth) {
  std::string text = "*filter\n:INPUT ACCEPT [0:0]\n";
  for (int i = 1; i <= depth; ++i) text += ":c" + std::to_string(i) + " - [0:0]\n";
  text += "-A INPUT -j c1\n";
  for (int i = 1; i < depth; ++i) {
    text += "-A c" + std::to_string(i) + (i % 2 == 0 ? " -j c" : " -g c") + std::to_string(i + 1) + "\n";
  }
  compiler::Compilation compilation;
  compiler::CompileOptions options;
  options.family = ir::Family::kIpv4;
  compiler::add_text(compilation, "deep.v4", text + "COMMIT\n", options);
  compiler::finish(compilation);
  return !to_nft(compilation.ruleset).diagnostics.has_errors();
}

TEST(NftDepth, FifteenLevelsAreTheMost) {
  EXPECT_TRUE(fits(15));
  EXPECT_FALSE(fits(16));
}

}  // namespace
}  // namespace nfproof::backends
