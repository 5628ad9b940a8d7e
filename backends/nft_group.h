// SPDX-License-Identifier: Apache-2.0
// Lines that become one: of the same shape, with verdicts that a set or a map can hold.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "backends/nft_shape.h"

namespace nfproof::backends {

/// The values as nft writes them.
[[nodiscard]] std::vector<std::string> nft_value_texts(const NftDimension& dimension,
                                                       const ir::ValueSet::Intervals& values, const NftWords& words);
/// Gives the line the verdict that the map holds.
void nft_put_map(const std::string& keys, const std::vector<std::string>& elements, NftLine& line);

class NftGroup {
 public:
  struct Member {
    NftLine line;
    NftShape shape;
  };

  NftGroup(NftLine line, NftShape shape);

  /// Takes the line in, at the end; false when it does not fit.
  [[nodiscard]] bool join(const NftLine& line, const NftShape& shape);
  /// May the line stand before this group instead of behind it?
  [[nodiscard]] bool can_pass(const NftLine& line, const NftShape& shape) const;
  /// The group as lines: one, or as they were.
  [[nodiscard]] NftLine merged(const NftWords& words) const;

  [[nodiscard]] std::size_t size() const { return members_.size(); }

 private:
  /// The members that may hold a packet of the shape, as far as the index tells.
  [[nodiscard]] std::vector<std::size_t> candidates(const NftShape& shape) const;
  void index(std::size_t member);
  enum class Meeting : std::uint8_t;
  [[nodiscard]] Meeting meeting(const std::vector<std::size_t>& near, const NftShape& shape) const;
  [[nodiscard]] static bool too_many_elements(const NftShape& shape, std::uint32_t varying);
  [[nodiscard]] std::uint32_t varying_with(const NftShape& shape) const;
  [[nodiscard]] bool fits_concatenation(std::uint32_t varying) const;
  // In `nft_group_write.cpp`.
  [[nodiscard]] std::string key_name(std::size_t dimension) const;
  void put_one_field(std::size_t dimension, const NftWords& words, NftLine& line) const;
  void put_concatenation(const NftWords& words, NftLine& line) const;
  [[nodiscard]] std::string merged_comment() const;

  std::vector<Member> members_;
  bool same_verdict_ = true;
  bool all_terminal_ = true;   ///< a packet that met one need meet no other
  bool overlaps_ = false;      ///< members share packets: only a set or map of one field can hold them
  std::uint32_t varying_ = 0;  ///< bit i: members differ in dimension i
  // By the values of one dimension; members whose value there is no single one stand in `wide_`.
  std::optional<std::size_t> indexed_;
  std::unordered_map<std::uint64_t, std::vector<std::size_t>> by_value_;
  std::vector<std::size_t> wide_;
  std::vector<ir::Interval> bounds_;  ///< of each dimension
};

}  // namespace nfproof::backends
