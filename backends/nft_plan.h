// SPDX-License-Identifier: Apache-2.0
// Arranges the lines of a chain: long runs are divided (`nft_split.h`), what stays together is merged (`nft_merge.h`).
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "backends/nft_names.h"
#include "backends/nft_split.h"

namespace nfproof::backends {

class NftPlanner {
 public:
  /// `levels`: how deep chains may be divided. `still`: lines that count or limit stay in their chains.
  NftPlanner(NftTable& table, unsigned levels, bool still);

  /// Rearranges all chains of the table and adds those that runs were divided into.
  void plan();

 private:
  [[nodiscard]] std::vector<NftItem> items_of(std::vector<NftLine> lines);
  [[nodiscard]] std::vector<NftLine> arranged(std::vector<NftItem> items, unsigned levels, const std::string& name);
  void put_split(const std::vector<NftItem>& items, const NftSplit& split, unsigned levels, const std::string& name,
                 std::vector<NftLine>& out);
  [[nodiscard]] NftLine guarded(const std::vector<NftItem>& items, const NftSplit& split, unsigned levels,
                                const std::string& name);
  /// The verdict of the packets that the part is for, and what it leads to.
  [[nodiscard]] std::string verdict_of(std::vector<NftLine> lines, bool tail, unsigned levels, const std::string& name,
                                       NftLine& from);
  [[nodiscard]] std::string chain_of(std::vector<NftLine> lines, unsigned levels, const std::string& name);

  NftTable& table_;
  unsigned levels_;
  bool still_;
  NftNames names_;
  NftWords words_;
  std::vector<NftChain> made_;
  std::unordered_map<std::string, std::string> by_text_;  ///< chains that were made from one chain
};

}  // namespace nfproof::backends
