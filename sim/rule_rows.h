// SPDX-License-Identifier: Apache-2.0
// Sets of rules ("rows"), made to be intersected: each is a list of blocks of bits, equal blocks are kept once, and a
// summary says which blocks are empty.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

namespace nfproof::sim {

class RuleRows {
 public:
  using Row = std::uint32_t;

  explicit RuleRows(std::size_t rules);

  /// The set that is being made: all rules at first.
  class Draft {
   public:
    explicit Draft(const RuleRows& rows);
    void put(std::size_t rule, bool present);

   private:
    friend class RuleRows;
    std::vector<std::uint64_t> words_;
    std::vector<std::uint32_t> blocks_;  // ids, where they are not in `changed_`
    std::vector<std::uint8_t> changed_;
  };

  /// The draft as it is now; the draft may be changed further and added again.
  [[nodiscard]] Row add(Draft& draft);

  /// The first rule from `from` on that is in all rows; the number of rules when there is none.
  [[nodiscard]] std::uint32_t next(std::span<const Row> rows, std::uint32_t from) const;

 private:
  static constexpr std::size_t kBlockWords = 8;
  static constexpr std::size_t kBlockBits = 64 * kBlockWords;
  using Block = std::array<std::uint64_t, kBlockWords>;

  [[nodiscard]] std::uint32_t intern(const Block& block);
  [[nodiscard]] std::uint32_t next_in_block(std::span<const Row> rows, std::size_t block, std::size_t from) const;

  std::size_t rules_;
  std::size_t blocks_in_row_;
  std::size_t summary_words_;
  std::vector<Block> blocks_;              // number 0 is empty
  std::vector<std::uint32_t> row_blocks_;  // `blocks_in_row_` for each row
  std::vector<std::uint64_t> summaries_;   // `summary_words_` for each row: which blocks are not empty
  std::unordered_multimap<std::uint64_t, std::uint32_t> known_blocks_;  // by hash
  std::unordered_multimap<std::uint64_t, Row> known_rows_;
};

}  // namespace nfproof::sim
