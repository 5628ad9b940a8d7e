// SPDX-License-Identifier: Apache-2.0
// Files of nftables as people write them (nft_files), in the kernel and in the simulator: the same fate, bytes and mark
// of every packet, the same counters of every rule. The kernel's listing of each is read, too.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

#include "tests/kernel/sim_bout.h"

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
