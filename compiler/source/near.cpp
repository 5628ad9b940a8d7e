// SPDX-License-Identifier: Apache-2.0
// Words that are like each other.
#include "compiler/source/near.h"

#include <algorithm>
#include <cctype>
#include <utility>
#include <vector>

namespace nfproof::source {
namespace {

bool same_letter(char a, char b) {
  return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
}

/// Letters added, left out, changed or swapped with their neighbour.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1);
  std::vector<std::size_t> last(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j - 1] + (same_letter(a[i - 1], b[j - 1]) ? 0 : 1), last[j] + 1, row[j - 1] + 1});
      const bool swapped = i > 1 && j > 1 && same_letter(a[i - 1], b[j - 2]) && same_letter(a[i - 2], b[j - 1]);
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    std::swap(before, last);
    std::swap(last, row);
  }
  return last[b.size()];
}

}  // namespace

std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates) {
  std::string_view best;
  std::size_t best_distance = word.size() < 4 ? 2 : 3;
  if (word.size() > 64) return best;
  for (const std::string_view candidate : candidates) {
    const std::size_t distance = edit_distance(word, candidate);
    if (distance < best_distance) best = candidate, best_distance = distance;
  }
  return best;
}

std::string unknown_key(std::string_view key, std::span<const std::string_view> known) {
  std::string message = "unknown key `" + std::string(key) + '`';
  if (const std::string_view near = nearest(key, known); !near.empty())
    return message + ", did you mean `" + std::string(near) + "`?";
  message += "; expected";
  for (std::size_t i = 0; i < known.size(); ++i) message += (i == 0 ? " `" : ", `") + std::string(known[i]) + '`';
  return message;
}

}  // namespace nfproof::source
