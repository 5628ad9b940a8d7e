// SPDX-License-Identifier: Apache-2.0
// Which memory (list, set, bucket, counter) of one ruleset is which of the other.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace nfproof::analyzer::regions {

class Memories {
 public:
  /// Those that were not seen before are taken for each other from now on. An empty name is no memory.
  bool same(const std::string& a, const std::string& b) {
    if (a.empty() || b.empty()) return a.empty() && b.empty();
    const auto [there, fresh] = there_.emplace(a, b);
    if (there->second != b) return false;
    const auto [back, first] = back_.emplace(b, a);
    if (back->second == a) {
      if (fresh) taken_.push_back(a);
      return true;
    }
    if (fresh) there_.erase(there);
    return false;
  }
  /// For `forget_from`.
  [[nodiscard]] std::size_t size() const { return taken_.size(); }
  /// What was taken since then was a mistake.
  void forget_from(std::size_t size) {
    for (; taken_.size() > size; taken_.pop_back()) {
      const auto there = there_.find(taken_.back());
      back_.erase(there->second);
      there_.erase(there);
    }
  }

 private:
  std::map<std::string, std::string> there_, back_;
  std::vector<std::string> taken_;
};

}  // namespace nfproof::analyzer::regions
