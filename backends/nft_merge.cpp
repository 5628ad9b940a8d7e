// SPDX-License-Identifier: Apache-2.0
// Lines into groups: each line goes to the last group of its shape that it can reach without passing a line which may
// hold the same packets.
#include "backends/nft_merge.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "backends/nft_group.h"

namespace nfproof::backends {
namespace {

/// How far back a line looks for its group.
constexpr std::size_t kLookBack = 96;

class Merger {
 public:
  Merger(NftWords& words, bool still) : words_(words), still_(still) {}

  void add(NftLine line) {
    if (nft_does_nothing(line)) return;
    NftShape shape = nft_shape(line, words_);
    shape.plain = shape.plain && !(still_ && !line.statements.empty());
    const std::string signature = shape.signature();
    const auto found = last_.find(signature);
    if (found != last_.end() && can_reach(found->second, line, shape) && groups_[found->second].join(line, shape))
      return;
    last_[signature] = groups_.size();
    groups_.emplace_back(std::move(line), std::move(shape));
  }

  [[nodiscard]] std::vector<NftLine> lines() const {
    std::vector<NftLine> out;
    for (const NftGroup& group : groups_) out.push_back(group.merged(words_));
    return out;
  }

 private:
  [[nodiscard]] bool can_reach(std::size_t group, const NftLine& line, const NftShape& shape) const {
    if (groups_.size() - group > kLookBack) return false;
    return std::all_of(groups_.begin() + static_cast<std::ptrdiff_t>(group) + 1, groups_.end(),
                       [&](const NftGroup& between) { return between.can_pass(line, shape); });
  }

  NftWords& words_;
  bool still_;
  std::vector<NftGroup> groups_;
  std::unordered_map<std::string, std::size_t> last_;  ///< by signature
};

}  // namespace

std::vector<NftLine> nft_merge_lines(std::vector<NftLine> lines, NftWords& words, bool still) {
  Merger merger(words, still);
  for (NftLine& line : lines) merger.add(std::move(line));
  return merger.lines();
}

}  // namespace nfproof::backends
