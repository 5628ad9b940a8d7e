// SPDX-License-Identifier: Apache-2.0
// Where a long run of lines is best divided: by the values of one field, so that a verdict map leads each packet to the
// few lines that are left for it, or by a test that all lines of the run have. Every packet meets the lines that may
// match it in the order they had, so this needs no line to be disjoint from another.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "backends/nft_shape.h"

namespace nfproof::backends {

/// A line with what is known of it.
struct NftItem {
  NftLine line;
  NftShape shape;
  bool repeatable = false;      ///< means the same when it stands in several chains, of which a packet meets one
  bool needs_protocol = false;  ///< its end reads what tests of the protocol and ports say
  bool still = false;           ///< stays in its chain
  std::size_t kind = 0;         ///< of its context, and its verdict where no map holds it: items alike may merge
};

[[nodiscard]] NftItem nft_item(NftLine line, NftWords& words);

struct NftSplit {
  std::size_t begin = 0;  ///< the items of the run
  std::size_t end = 0;
  double gain = 0;  ///< nanoseconds for a packet, as far as can be told

  std::vector<std::string> guard;  ///< texts of tests that all lines have; empty: by a field

  std::size_t key = 0;
  struct Part {
    ir::ValueSet::Intervals values;
    std::vector<std::size_t> items;
  };
  std::vector<Part> parts;
  std::vector<std::size_t> rest;  ///< for packets of no part
  bool tail = false;              ///< the chain ends with the run: its parts are gone to, not called
};

/// The best way to divide the items [begin, end), which become `lines` lines as they are; nothing when none is worth
/// it. `tail`: the chain ends with them.
[[nodiscard]] std::optional<NftSplit> nft_best_split(const std::vector<NftItem>& items, std::size_t begin,
                                                     std::size_t end, bool tail, std::size_t lines);

/// Can the item do without its test of the key, where a map has led by it? `one_family`: of a table whose packets all
/// have one family.
[[nodiscard]] bool nft_can_drop_test(const NftItem& item, std::size_t key, bool one_family);

/// Takes out items that no packet comes to because an earlier one that ends its way matches whatever they match.
void nft_drop_covered(std::vector<NftItem>& items);

}  // namespace nfproof::backends
