// SPDX-License-Identifier: Apache-2.0
// The order of things: chains that say little go where they are called, then each chain is arranged. nftables refuses
// chains that lead too deep, so that they are divided less deep where they do.
#include "backends/nft_optimize.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "backends/nft_inline.h"
#include "backends/nft_plan.h"

namespace nfproof::backends {
namespace {

constexpr unsigned kMostDivided = 4;

}  // namespace

bool nft_fits_jump_stack(const NftTable& table, const NftChain& base) {
  std::unordered_map<std::string_view, const NftChain*> chains;
  for (const NftChain& chain : table.chains) chains.emplace(chain.name, &chain);
  std::unordered_set<std::string_view> level = {base.name};
  for (unsigned depth = 0; depth < kNftMostLevels; ++depth) {
    std::unordered_set<std::string_view> next;
    for (const std::string_view name : level) {
      const auto found = chains.find(name);
      if (found == chains.end()) continue;
      for (const NftLine& line : found->second->lines) next.insert(line.leads_to.begin(), line.leads_to.end());
    }
    if (next.empty()) return true;
    level = std::move(next);
  }
  return false;
}

void nft_optimize(NftTable& table) {
  nft_inline_chains(table);
  for (unsigned levels = kMostDivided;; --levels) {
    NftTable tried = table;
    NftPlanner(tried, levels).plan();
    nft_inline_chains(tried);
    const bool fits = std::all_of(tried.chains.begin(), tried.chains.end(), [&](const NftChain& chain) {
      return chain.hook.empty() || nft_fits_jump_stack(tried, chain);
    });
    if (!fits && levels > 0) continue;
    table = std::move(tried);
    return;
  }
}

}  // namespace nfproof::backends
