// SPDX-License-Identifier: Apache-2.0
// Which lines fit together, and which may pass each other.
#include "backends/nft_group.h"

#include <algorithm>
#include <bit>

namespace nfproof::backends {
namespace {

/// Comparing a line with more members than this takes too long for what it brings.
constexpr std::size_t kMostCompared = 512;
/// Registers of the kernel that a concatenation fits in.
constexpr unsigned kMostBytes = 64;
/// Elements that one line may become in a concatenation.
constexpr std::size_t kMostElements = 256;

bool is_point(const NftDimension& dimension) {
  return dimension.values.size() == 1 && dimension.values[0].lo == dimension.values[0].hi;
}

std::uint64_t hash(ir::u128 value) {
  return static_cast<std::uint64_t>(value) ^ static_cast<std::uint64_t>(value >> 64) * 0x9E3779B97F4A7C15ULL;
}

/// Is there a packet that both match, for all that their common keys say? `fixed`: look only at what no rule changes.
bool may_meet(const NftShape& a, const NftShape& b, bool fixed) {
  for (const NftDimension& dimension : a.dimensions) {
    if (fixed && !nft_key(dimension.key).unchangeable) continue;
    const NftDimension* other = b.find(dimension.key);
    if (other != nullptr && !nft_meets(dimension.values, other->values)) return false;
  }
  return true;
}

bool holds_all(const ir::ValueSet::Intervals& outer, const ir::ValueSet::Intervals& inner) {
  return std::all_of(inner.begin(), inner.end(), [&](const ir::Interval& i) {
    return std::any_of(outer.begin(), outer.end(), [&](const ir::Interval& o) { return o.lo <= i.lo && i.hi <= o.hi; });
  });
}

bool contains(const NftShape& outer, const NftShape& inner) {
  for (std::size_t i = 0; i < outer.dimensions.size(); ++i)
    if (!holds_all(outer.dimensions[i].values, inner.dimensions[i].values)) return false;
  return true;
}

/// A packet that met the line need not meet another one of its group.
bool settles(const NftLine& line) { return nft_is_terminal(line) || !line.statements.empty(); }

}  // namespace

NftGroup::NftGroup(NftLine line, NftShape shape) {
  all_terminal_ = settles(line);
  members_.push_back({std::move(line), std::move(shape)});
  const std::vector<NftDimension>& dimensions = members_[0].shape.dimensions;
  bool weak_index = false;
  for (std::size_t i = 0; i < dimensions.size(); ++i) {
    bounds_.push_back({dimensions[i].values.front().lo, dimensions[i].values.back().hi});
    // Addresses tell lines apart best, then ports.
    const NftKey& key = nft_key(dimensions[i].key);
    if (!key.unchangeable || !is_point(dimensions[i])) continue;
    const bool weak = key.name.ends_with("ifname") || dimensions[i].key == kNftKeyProtocol;
    if (!indexed_ || weak_index) indexed_ = i, weak_index = weak;
  }
  index(0);
}

void NftGroup::index(std::size_t member) {
  const std::vector<NftDimension>& dimensions = members_[member].shape.dimensions;
  for (std::size_t i = 0; i < dimensions.size(); ++i) {
    bounds_[i].lo = std::min(bounds_[i].lo, dimensions[i].values.front().lo);
    bounds_[i].hi = std::max(bounds_[i].hi, dimensions[i].values.back().hi);
  }
  if (indexed_ && is_point(dimensions[*indexed_])) {
    by_value_[hash(dimensions[*indexed_].values[0].lo)].push_back(member);
  } else {
    wide_.push_back(member);
  }
}

std::vector<std::size_t> NftGroup::candidates(const NftShape& shape) const {
  const std::vector<NftDimension>& mine = members_[0].shape.dimensions;
  const NftDimension* other = indexed_ ? shape.find(mine[*indexed_].key) : nullptr;
  std::vector<std::size_t> out = wide_;
  if (other != nullptr && is_point(*other)) {
    const auto found = by_value_.find(hash(other->values[0].lo));
    if (found != by_value_.end()) out.insert(out.end(), found->second.begin(), found->second.end());
    return out;
  }
  for (const auto& [value, members] : by_value_) {
    out.insert(out.end(), members.begin(), members.end());
    if (out.size() > kMostCompared) break;
  }
  return out;
}

std::uint32_t NftGroup::varying_with(const NftShape& shape) const {
  std::uint32_t varying = varying_;
  const std::vector<NftDimension>& first = members_[0].shape.dimensions;
  for (std::size_t i = 0; i < first.size(); ++i)
    if (first[i].values != shape.dimensions[i].values) varying |= 1U << i;
  return varying;
}

bool NftGroup::fits_concatenation(std::uint32_t varying) const {
  unsigned bytes = 0;
  const std::vector<NftDimension>& first = members_[0].shape.dimensions;
  for (std::size_t i = 0; i < first.size(); ++i) {
    if ((varying >> i & 1U) == 0) continue;
    if (nft_key(first[i].key).bytes == 0) return false;
    bytes += nft_key(first[i].key).bytes;
  }
  return bytes <= kMostBytes;
}

/// What a line shares with the members before it.
enum class NftGroup::Meeting : std::uint8_t {
  kNothing,
  kAbsorbed,  ///< a member decides for all packets of the line
  kOverlap,   ///< members that decide have some of its packets
  kConflict,  ///< members that do not decide may have some of its packets
};

NftGroup::Meeting NftGroup::meeting(const std::vector<std::size_t>& near, const NftShape& shape) const {
  Meeting found = Meeting::kNothing;
  for (const std::size_t i : near) {
    const Member& member = members_[i];
    const bool terminal = settles(member.line);
    // What a called chain changes, the line might see.
    if (!may_meet(member.shape, shape, !terminal)) continue;
    if (!terminal) return Meeting::kConflict;
    if (contains(member.shape, shape)) return Meeting::kAbsorbed;
    found = Meeting::kOverlap;
  }
  return found;
}

bool NftGroup::too_many_elements(const NftShape& shape, std::uint32_t varying) {
  std::size_t elements = 1;
  for (std::size_t i = 0; i < shape.dimensions.size(); ++i)
    if ((varying >> i & 1U) != 0) elements *= shape.dimensions[i].values.size();
  return elements > kMostElements;
}

bool NftGroup::join(const NftLine& line, const NftShape& shape) {
  const bool same = same_verdict_ && line.verdict == members_[0].line.verdict;
  if (!shape.plain || !members_[0].shape.plain || shape.dimensions.empty()) return false;
  if (!same && (!shape.can_map || !members_[0].shape.can_map)) return false;
  const std::uint32_t varying = varying_with(shape);
  const bool one_field = std::popcount(varying) <= 1;
  if (!one_field && (overlaps_ || !fits_concatenation(varying) || too_many_elements(shape, varying))) return false;
  const std::vector<std::size_t> near = candidates(shape);
  // In one field, a set or map can hold what lines share: the earlier one has it.
  const bool decides = all_terminal_ && settles(line);
  if (near.size() > kMostCompared && !(one_field && decides)) return false;
  const Meeting met = near.size() > kMostCompared ? Meeting::kOverlap : meeting(near, shape);
  if (met == Meeting::kAbsorbed) return true;
  if (met == Meeting::kConflict || (met == Meeting::kOverlap && !one_field)) return false;
  overlaps_ = overlaps_ || met == Meeting::kOverlap;
  same_verdict_ = same;
  all_terminal_ = decides;
  varying_ = varying;
  members_.push_back({line, shape});
  index(members_.size() - 1);
  return true;
}

bool NftGroup::can_pass(const NftLine& line, const NftShape& shape) const {
  if (!members_[0].shape.plain || !shape.plain) return false;
  // The bounds of all members tell most of it.
  const std::vector<NftDimension>& mine = members_[0].shape.dimensions;
  for (std::size_t i = 0; i < mine.size(); ++i) {
    if (!nft_key(mine[i].key).unchangeable) continue;
    const NftDimension* other = shape.find(mine[i].key);
    if (other != nullptr && !nft_meets({bounds_[i]}, other->values)) return true;
  }
  if (same_verdict_ && nft_is_terminal(line) && members_[0].line.verdict == line.verdict) return true;
  // The same change: the first of them that matches makes it.
  if (!line.statements.empty() && members_[0].line.statements == line.statements) return true;
  if (members_.size() == 1) return !may_meet(members_[0].shape, shape, true);
  const std::vector<std::size_t> near = candidates(shape);
  if (near.size() > kMostCompared) return false;
  return std::all_of(near.begin(), near.end(), [&](std::size_t i) {
    const Member& member = members_[i];
    if (!may_meet(member.shape, shape, true)) return true;
    return nft_is_terminal(line) && nft_is_terminal(member.line) && member.line.verdict == line.verdict;
  });
}

}  // namespace nfproof::backends
