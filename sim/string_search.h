// SPDX-License-Identifier: Apache-2.0
// Searches a packet for a string the way the string match does (net/netfilter/xt_string.c, lib/ts_bm.c, lib/ts_kmp.c,
// skb_find_text of net/core/skbuff.c): positions count from the IP header, and the packet may consist of several blocks
// of memory. Boyer-Moore starts anew in every block and so misses what is spread over two; Knuth-Morris-Pratt does not.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "compiler/ir/predicate_kinds.h"
#include "sim/bytes.h"

namespace nfproof::sim {

class StringSearch {
 public:
  explicit StringSearch(const ir::StringTest& test);

  /// Does the leftmost place of the pattern at `from` or later end at `to` or before? `blocks` are the sizes of the
  /// blocks that the bytes lie in; none: one block.
  [[nodiscard]] bool found(ByteView bytes, std::span<const std::size_t> blocks) const;

 private:
  static constexpr std::uint32_t kNowhere = 0xffffffffU;
  /// The part of a block that comes next; empty at the end.
  class Reader;

  [[nodiscard]] std::uint8_t fold(std::uint8_t byte) const;
  void prepare_boyer_moore();
  void prepare_prefixes();
  [[nodiscard]] std::uint32_t boyer_moore(const Reader& reader) const;
  [[nodiscard]] std::uint32_t knuth_morris_pratt(const Reader& reader) const;

  std::vector<std::uint8_t> pattern_;  // upper case when the case does not matter
  ir::StringTest::Algorithm algorithm_;
  bool ignore_case_;
  std::uint32_t from_;
  std::uint32_t to_;
  std::array<std::uint32_t, 256> bad_shift_{};
  std::vector<std::uint32_t> good_shift_;
  std::vector<std::uint32_t> prefix_;
};

}  // namespace nfproof::sim
