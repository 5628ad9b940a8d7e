// SPDX-License-Identifier: Apache-2.0
// Sharing of blocks and rows, and the search in an intersection.
#include "sim/rule_rows.h"

#include <algorithm>
#include <bit>
#include <limits>

namespace nfproof::sim {
namespace {

template <typename Range>
std::uint64_t hash_of(const Range& values) {
  std::uint64_t hash = 0x9E3779B97F4A7C15ULL;
  for (const auto value : values) hash = (hash ^ value) * 0xD6E8FEB86659FD93ULL, hash ^= hash >> 32;
  return hash;
}

}  // namespace

RuleRows::RuleRows(std::size_t rules)
    : rules_(rules), blocks_in_row_((rules + kBlockBits - 1) / kBlockBits), summary_words_((blocks_in_row_ + 63) / 64) {
  static_cast<void>(intern(Block{}));
}

RuleRows::Draft::Draft(const RuleRows& rows)
    : words_(rows.blocks_in_row_ * kBlockWords, 0), blocks_(rows.blocks_in_row_, 0), changed_(rows.blocks_in_row_, 1) {
  for (std::size_t rule = 0; rule < rows.rules_; ++rule) put(rule, true);
}

void RuleRows::Draft::put(std::size_t rule, bool present) {
  const std::uint64_t bit = std::uint64_t{1} << (rule % 64);
  std::uint64_t& word = words_[rule / 64];
  word = present ? word | bit : word & ~bit;
  changed_[rule / kBlockBits] = 1;
}

std::uint32_t RuleRows::intern(const Block& block) {
  const std::uint64_t hash = hash_of(block);
  const auto [begin, end] = known_blocks_.equal_range(hash);
  for (auto found = begin; found != end; ++found)
    if (blocks_[found->second] == block) return found->second;
  const auto id = static_cast<std::uint32_t>(blocks_.size());
  blocks_.push_back(block);
  known_blocks_.emplace(hash, id);
  return id;
}

RuleRows::Row RuleRows::add(Draft& draft) {
  for (std::size_t i = 0; i < blocks_in_row_; ++i) {
    if (draft.changed_[i] == 0) continue;
    Block block{};
    std::copy_n(draft.words_.begin() + static_cast<std::ptrdiff_t>(i * kBlockWords), kBlockWords, block.begin());
    draft.blocks_[i] = intern(block);
    draft.changed_[i] = 0;
  }
  const std::uint64_t hash = hash_of(draft.blocks_);
  const auto [begin, end] = known_rows_.equal_range(hash);
  for (auto found = begin; found != end; ++found)
    if (std::equal(draft.blocks_.begin(), draft.blocks_.end(),
                   row_blocks_.begin() + static_cast<std::ptrdiff_t>(found->second * blocks_in_row_)))
      return found->second;
  const auto row = static_cast<Row>(blocks_in_row_ == 0 ? 0 : row_blocks_.size() / blocks_in_row_);
  row_blocks_.insert(row_blocks_.end(), draft.blocks_.begin(), draft.blocks_.end());
  summaries_.resize(summaries_.size() + summary_words_, 0);
  for (std::size_t i = 0; i < blocks_in_row_; ++i)
    if (draft.blocks_[i] != 0) summaries_[row * summary_words_ + i / 64] |= std::uint64_t{1} << (i % 64);
  known_rows_.emplace(hash, row);
  return row;
}

std::uint32_t RuleRows::next_in_block(std::span<const Row> rows, std::size_t block, std::size_t from) const {
  std::uint64_t mask = ~std::uint64_t{0} << (from % 64);
  for (std::size_t word = from / 64; word < kBlockWords; ++word) {
    std::uint64_t common = mask;
    for (const Row row : rows) common &= blocks_[row_blocks_[row * blocks_in_row_ + block]][word];
    if (common != 0)
      return static_cast<std::uint32_t>(block * kBlockBits + word * 64 +
                                        static_cast<std::size_t>(std::countr_zero(common)));
    mask = ~std::uint64_t{0};
  }
  return static_cast<std::uint32_t>(rules_);
}

std::uint32_t RuleRows::next(std::span<const Row> rows, std::uint32_t from) const {
  if (from >= rules_) return static_cast<std::uint32_t>(rules_);
  const std::size_t first = from / kBlockBits;
  std::uint64_t mask = ~std::uint64_t{0} << (first % 64);
  for (std::size_t word = first / 64; word < summary_words_; ++word) {
    std::uint64_t common = mask;
    for (const Row row : rows) common &= summaries_[row * summary_words_ + word];
    mask = ~std::uint64_t{0};
    for (; common != 0; common &= common - 1) {
      const std::size_t block = word * 64 + static_cast<std::size_t>(std::countr_zero(common));
      if (block >= blocks_in_row_) break;
      const std::uint32_t found = next_in_block(rows, block, block == first ? from % kBlockBits : 0);
      if (found < rules_) return found;
    }
  }
  return static_cast<std::uint32_t>(rules_);
}

}  // namespace nfproof::sim
