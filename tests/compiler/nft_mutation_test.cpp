// SPDX-License-Identifier: Apache-2.0
// Damaged files of nftables never crash the frontend: what it cannot read is told, and the rest goes on. The damage is
// random, from a fixed seed.
#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>

#include "backends/nft_counters.h"
#include "compiler/frontend/compile.h"
#include "compiler/passes/split_inet.h"

namespace nfproof::testing {
namespace {

constexpr std::array<std::string_view, 32> kPieces = {
    "{",     "}",       "(",    ")",       "\"",         "\\\n",  ";",           "\n",         ":",    ",",   ".",
    "@",     "$x",      "/",    "-",       " vmap ",     " map ", " set ",       "!=",         "==",   " & ", "<<",
    " jump", " accept", "tcp ", " dport ", "ip6 saddr ", "ct ",   "elements = ", "4294967296", "::/0", "\xff"};

std::string damaged(std::string text, std::mt19937& random) {
  const auto below = [&](std::size_t end) { return std::uniform_int_distribution<std::size_t>(0, end - 1)(random); };
  const std::size_t times = 1 + below(20);
  for (std::size_t i = 0; i < times; ++i) {
    const std::size_t at = below(text.size() + 1);
    switch (below(3)) {
      case 0: text.erase(at, 1 + below(8)); break;
      case 1: text.insert(at, kPieces[below(kPieces.size())]); break;
      default: text.insert(at, text.substr(below(text.size() + 1), 1 + below(60))); break;
    }
  }
  return text;
}

void read(const std::string& text) {
  compiler::CompileOptions options;
  options.format = compiler::Format::kNft;
  options.includes = false;
  compiler::Compilation compilation;
  compiler::add_text(compilation, "damaged", text, options);
  compiler::finish(compilation);
  (void)compiler::split_inet(compilation.ruleset);
  (void)backends::nft_listing(compilation.ruleset, [](ir::RuleRef) { return ir::Counters{}; });
}

TEST(NftMutation, DamagedFilesAreRead) {
  std::mt19937 random(7);
  for (const auto& entry :
       std::filesystem::directory_iterator(std::filesystem::path(NFPROOF_SOURCE_DIR) / "tests/kernel/nft_files")) {
    std::ifstream in(entry.path(), std::ios::binary);
    const std::string text((std::istreambuf_iterator<char>(in)), {});
    for (int i = 0; i < 40; ++i) read(damaged(text, random));
  }
}

TEST(NftMutation, NestingIsBounded) {
  for (const std::string_view piece : {"{", "(", "table ip x {", "chain y {", "tcp dport {", "{ a : "}) {
    std::string text = "table ip t { chain c { tcp dport ";
    for (int i = 0; i < 20'000; ++i) text += piece;
    read(text);
  }
}

}  // namespace
}  // namespace nfproof::testing
