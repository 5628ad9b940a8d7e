// SPDX-License-Identifier: Apache-2.0
// The two algorithms with the kernel's tables, so that what they overlook is overlooked here, too.
#include "sim/string_search.h"

#include <algorithm>

namespace nfproof::sim {
namespace {

/// The kernel's toupper and tolower know ISO 8859-1, and take all from 0xdf on for small letters.
std::uint8_t upper(std::uint8_t byte) {
  const bool letter = (byte >= 'a' && byte <= 'z') || (byte >= 0xdf && byte != 0xf7);
  return letter ? static_cast<std::uint8_t>(byte - 0x20) : byte;
}

std::uint8_t lower(std::uint8_t byte) {
  const bool letter = (byte >= 'A' && byte <= 'Z') || (byte >= 0xc0 && byte <= 0xde && byte != 0xd7);
  return letter ? static_cast<std::uint8_t>(byte + 0x20) : byte;
}

/// Does the part of length `length` that begins at `later` come again at `earlier` (perhaps partly before the begin)?
bool comes_again(const std::vector<std::uint8_t>& pattern, int later, int earlier, int length) {
  int x = later + length - 1;
  int y = earlier + length - 1;
  while (pattern[static_cast<std::size_t>(x)] == pattern[static_cast<std::size_t>(y)]) {
    --x, --y;
    if (y < 0) return true;
    if (--length == 0) return pattern[static_cast<std::size_t>(later - 1)] != pattern[static_cast<std::size_t>(y)];
  }
  return false;
}

}  // namespace

class StringSearch::Reader {
 public:
  Reader(ByteView bytes, std::span<const std::size_t> blocks, std::uint32_t from, std::uint32_t to)
      : bytes_(bytes), blocks_(blocks), from_(from), to_(to) {}

  /// What lies `consumed` bytes behind the begin of the window, up to the end of its block. The end of the window only
  /// decides whether a block is begun.
  [[nodiscard]] ByteView next(std::uint32_t consumed) const {
    const std::size_t at = std::size_t{consumed} + from_;
    if (at >= to_ || at >= bytes_.size()) return {};
    std::size_t end = 0;
    for (const std::size_t block : blocks_) {
      end += block;
      if (at < end) return bytes_.subspan(at, std::min(end, bytes_.size()) - at);
    }
    return bytes_.subspan(at);
  }

 private:
  ByteView bytes_;
  std::span<const std::size_t> blocks_;
  std::uint32_t from_;
  std::uint32_t to_;
};

StringSearch::StringSearch(const ir::StringTest& test)
    : pattern_(test.pattern.begin(), test.pattern.end()),
      algorithm_(test.algorithm),
      ignore_case_(test.ignore_case),
      from_(test.from),
      to_(test.to) {
  std::transform(pattern_.begin(), pattern_.end(), pattern_.begin(), [this](std::uint8_t byte) { return fold(byte); });
  switch (algorithm_) {
    case ir::StringTest::Algorithm::kBoyerMoore: prepare_boyer_moore(); break;
    case ir::StringTest::Algorithm::kKnuthMorrisPratt: prepare_prefixes(); break;
  }
}

std::uint8_t StringSearch::fold(std::uint8_t byte) const { return ignore_case_ ? upper(byte) : byte; }

void StringSearch::prepare_boyer_moore() {
  const auto size = static_cast<std::uint32_t>(pattern_.size());
  bad_shift_.fill(size);
  for (std::uint32_t i = 0; i + 1 < size; ++i) {
    bad_shift_[pattern_[i]] = size - 1 - i;
    if (ignore_case_) bad_shift_[lower(pattern_[i])] = size - 1 - i;
  }
  good_shift_.assign(size, size);
  if (size != 0) good_shift_[0] = 1;
  for (int i = static_cast<int>(size) - 1, g = 1; i > 0; ++g, --i)
    for (int j = i - 1; j >= 1 - g; --j)
      if (comes_again(pattern_, i, j, g)) {
        good_shift_[static_cast<std::size_t>(g)] = size - static_cast<std::uint32_t>(j + g);
        break;
      }
}

void StringSearch::prepare_prefixes() {
  prefix_.assign(pattern_.size(), 0);
  std::uint32_t length = 0;
  for (std::size_t i = 1; i < pattern_.size(); ++i) {
    while (length > 0 && pattern_[length] != pattern_[i]) length = prefix_[length - 1];
    if (pattern_[length] == pattern_[i]) ++length;
    prefix_[i] = length;
  }
}

std::uint32_t StringSearch::boyer_moore(const Reader& reader) const {
  const std::size_t size = pattern_.size();
  std::uint32_t consumed = 0;
  for (ByteView text = reader.next(0); !text.empty(); text = reader.next(consumed)) {
    for (std::size_t last = size - 1; last < text.size();) {
      std::size_t i = 0;
      while (i < size && fold(text[last - i]) == pattern_[size - 1 - i]) ++i;
      if (i == size) return consumed + static_cast<std::uint32_t>(last - (size - 1));
      last = std::max(last - i + bad_shift_[text[last - i]], last + good_shift_[i]);
    }
    consumed += static_cast<std::uint32_t>(text.size());
  }
  return kNowhere;
}

std::uint32_t StringSearch::knuth_morris_pratt(const Reader& reader) const {
  std::uint32_t matched = 0;
  std::uint32_t consumed = 0;
  for (ByteView text = reader.next(0); !text.empty(); text = reader.next(consumed)) {
    for (std::size_t i = 0; i < text.size(); ++i) {
      const std::uint8_t byte = fold(text[i]);
      while (matched > 0 && pattern_[matched] != byte) matched = prefix_[matched - 1];
      if (pattern_[matched] == byte) ++matched;
      if (matched == pattern_.size()) return consumed + static_cast<std::uint32_t>(i + 1) - matched;
    }
    consumed += static_cast<std::uint32_t>(text.size());
  }
  return kNowhere;
}

bool StringSearch::found(ByteView bytes, std::span<const std::size_t> blocks) const {
  if (pattern_.empty()) return false;
  const Reader reader(bytes, blocks, from_, to_);
  const bool bm = algorithm_ == ir::StringTest::Algorithm::kBoyerMoore;
  const std::uint32_t at = bm ? boyer_moore(reader) : knuth_morris_pratt(reader);
  return at != kNowhere && at + pattern_.size() <= std::size_t{to_} - from_;
}

}  // namespace nfproof::sim
