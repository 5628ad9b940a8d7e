// SPDX-License-Identifier: Apache-2.0
// The order of things: chains that say little go where they are called, then each chain is arranged. nftables refuses
// chains that lead too deep, so that they are divided less deep where they do. Lines that limit stay where they are
// when they would change places with others that limit alike.
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

/// The tests of the line that count, limit or draw lots.
std::string asked(const NftLine& line) {
  std::string text;
  for (const NftTest& test : line.tests)
    if (test.fixed) text += test.text + "; ";
  return text;
}

void number_asking(NftTable& table) {
  std::size_t number = 0;
  for (NftChain& chain : table.chains)
    for (NftLine& line : chain.lines)
      if (!asked(line).empty()) line.asks = ++number;
}

/// Do lines that ask the same stand in the order they had? By it the proof of a translation knows them.
bool keeps_order(const NftTable& table) {
  std::unordered_map<std::string, std::size_t> last;
  for (const NftChain& chain : table.chains) {
    for (const NftLine& line : chain.lines) {
      if (line.asks == 0) continue;
      std::size_t& before = last[asked(line)];
      if (line.asks < before) return false;
      before = line.asks;
    }
  }
  return true;
}

NftTable optimized(const NftTable& table, bool still) {
  NftTable start = table;
  nft_inline_chains(start, still);
  for (unsigned levels = kMostDivided;; --levels) {
    NftTable tried = start;
    NftPlanner(tried, levels, still).plan();
    nft_inline_chains(tried, still);
    const bool fits = std::all_of(tried.chains.begin(), tried.chains.end(), [&](const NftChain& chain) {
      return chain.hook.empty() || nft_fits_jump_stack(tried, chain);
    });
    if (fits || levels == 0) return tried;
  }
}

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

void nft_optimize(NftTable& table, bool divide) {
  if (!divide) return NftPlanner(table, 0, true).plan();
  number_asking(table);
  for (const bool still : {false, true}) {
    NftTable tried = optimized(table, still);
    if (!still && !keeps_order(tried)) continue;
    table = std::move(tried);
    return;
  }
}

}  // namespace nfproof::backends
