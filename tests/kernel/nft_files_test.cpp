// SPDX-License-Identifier: Apache-2.0
// Files of nftables as people write them (nft_files) and random ones, in the kernel and in the simulator: the same
// fate, bytes and mark of every packet, the same counters of every rule. The kernel's listing of each is read, too.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <utility>

#include "tests/kernel/sim_bout.h"
#include "tests/support/random_nft.h"

namespace nfproof::testing {
namespace {

constexpr std::size_t kPackets = 400;
constexpr std::size_t kMostTold = 3;

/// Without what would take away the harness's own table.
std::string text_of(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(in)), {});
  if (const std::size_t at = text.find("flush ruleset"); at != std::string::npos) text.replace(at, 13, "#");
  return text;
}

std::string replay(const std::string& text, bool v6, std::uint64_t seed, bool cut, Bout::Counts& counts) {
  Bout bout(text, {.v6 = v6, .backend = Backend::kNft, .nft = true, .settings = {}});
  TrafficOptions shape;
  shape.v6 = v6;
  shape.fragments = false;
  shape.cut = cut;
  Traffic traffic(seed, shape);
  bool comparable = true;
  for (std::size_t i = 0; i < kPackets && bout.problem().empty() && bout.told() < kMostTold; ++i) {
    const Bout::Exchange exchange = bout.send(traffic.next());
    if (exchange.random_port) {
      comparable = exchange.result.after.in != "lo";
      if (!comparable) break;
      traffic.forget();
    } else if (has_left(exchange.fate.end)) {
      traffic.left(exchange.fate.bytes);
    }
  }
  if (!bout.problem().empty()) return bout.problem();
  if (comparable) bout.compare_counters();
  counts.packets += bout.counts().packets;
  counts.rules += bout.counts().rules;
  counts.hit += bout.counts().hit;
  return bout.problem() + bout.differences();
}

/// NFPROOF_NFT_SEEDS=FIRST:COUNT replaces the seeds.
std::pair<std::uint64_t, std::uint64_t> seeds() {
  const char* text = std::getenv("NFPROOF_NFT_SEEDS");
  if (text == nullptr) return {1, 24};
  const char* colon = std::strchr(text, ':');
  return {std::strtoull(text, nullptr, 10), colon == nullptr ? 1 : std::strtoull(colon + 1, nullptr, 10)};
}

TEST(NftFiles, RandomOnesDoWhatTheKernelDoes) {
  NFPROOF_NEEDS_KERNEL();
  Bout::Counts counts;
  const auto [first, count] = seeds();
  std::size_t refused = 0;
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    const bool v6 = seed % 2 == 0;
    const std::string text = random_nft(seed, v6);
    const bool cut = text.find("udp length") == std::string::npos;
    std::string said = replay(text, v6, seed, cut, counts);
    if (said.find("conflicting protocols") != std::string::npos && ++refused < count / 4 + 1) continue;
    if (!said.empty()) said = replay(text, v6, seed, cut, counts);  // what only the clock decides does not come again
    if (said.empty()) continue;
    const bool show = std::getenv("NFPROOF_NFT_SHOW") != nullptr;
    if (!show) said.resize(std::min(said.size(), said.find("\ntable ")));
    ADD_FAILURE() << "seed " << seed << (v6 ? " v6: " : " v4: ") << said << (show ? text : "");
  }
  std::cout << count - refused << " files, " << counts.packets << " packets, " << counts.hit << " of " << counts.rules
            << " counters hit\n";
}

TEST(NftFiles, DoWhatTheKernelDoes) {
  NFPROOF_NEEDS_KERNEL();
  const std::filesystem::path folder = std::filesystem::path(NFPROOF_SOURCE_DIR) / "tests/kernel/nft_files";
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  EXPECT_GE(files.size(), 20U);
  Bout::Counts counts;
  for (const std::filesystem::path& path : files) {
    // `udp length` and changes of TCP options read cut headers in ways of their own.
    const bool cut = path.filename() != "fields.nft" && path.filename() != "mangle.nft";
    for (const bool v6 : {false, true})
      EXPECT_EQ(replay(text_of(path), v6, v6 ? 12 : 11, cut, counts), "") << path.filename() << (v6 ? " v6" : " v4");
  }
  std::cout << files.size() << " files, " << counts.packets << " packets, " << counts.hit << " of " << counts.rules
            << " counters hit\n";
}

}  // namespace
}  // namespace nfproof::testing
