// SPDX-License-Identifier: Apache-2.0
// Fates as numbers.
#include "cli/tally.h"

#include "cli/replayed.h"

namespace nfproof::cli {
namespace {

/// Different for results that a summary tells apart, except by their reason.
std::uint64_t key_of(const sim::Result& result) {
  std::uint64_t key = static_cast<std::uint64_t>(result.disposition) << 3 | static_cast<std::uint64_t>(result.hook);
  key = key << 4 | static_cast<std::uint64_t>(result.verdict);
  if (!result.decided_by) return key;
  constexpr std::uint64_t kDecided = std::uint64_t{1} << 63;
  return kDecided | key << 53 | std::uint64_t{static_cast<std::uint32_t>(result.decided_by->chain)} << 31 |
         result.decided_by->index;
}

}  // namespace

void Tally::add(const sim::Result& result) {
  if (!result.reason.empty()) return summary_.add(replayed(0, 0, result), 1, result.length);
  const std::uint64_t key = key_of(result);
  Recent& recent = recent_[(key * 0x9E3779B97F4A7C15ULL) >> 58U];
  if (recent.count == nullptr || recent.key != key) {
    const auto [found, added] = counts_.try_emplace(key);
    if (added)
      found->second = {.disposition = result.disposition,
                       .hook = result.hook,
                       .verdict = result.verdict,
                       .decided_by = result.decided_by};
    recent = {key, &found->second};
  }
  ++recent.count->packets;
  recent.count->bytes += result.length;
}

void Tally::finish() {
  sim::Result like;
  for (const auto& [key, count] : counts_) {
    like.disposition = count.disposition;
    like.hook = count.hook;
    like.verdict = count.verdict;
    like.decided_by = count.decided_by;
    summary_.add(replayed(0, 0, like), count.packets, count.bytes);
  }
  counts_.clear();
  recent_ = {};
}

}  // namespace nfproof::cli
