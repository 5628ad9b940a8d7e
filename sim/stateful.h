// SPDX-License-Identifier: Apache-2.0
// State of the matches that remember: token buckets, counters, and the answers assumed for matches without semantics.
// Each rule has its own.
#pragma once

#include <cstdint>
#include <map>
#include <random>
#include <tuple>
#include <vector>

#include "sim/evaluate.h"
#include "sim/replay.h"

namespace nfproof::sim {

class StatefulOracle final : public Oracle {
 public:
  explicit StatefulOracle(const SimOptions& options) : options_(options), random_(options.seed) {}

  /// Time only moves forward.
  void advance(Nanoseconds now);
  /// The assumptions made since the last call.
  [[nodiscard]] std::vector<Assumption> take_assumptions();
  /// Every assumption so far, once for each rule and module.
  [[nodiscard]] const std::vector<Assumption>& all_assumptions() const { return all_; }
  void assume(Assumption assumption);

  bool limit(const Place& place, const ir::Limit& test) override;
  bool statistic(const Place& place, const ir::Statistic& test) override;
  bool opaque(const Place& place, const ir::Opaque& test) override;

 private:
  struct Bucket {
    std::uint64_t last = 0;  // in ticks
    std::uint64_t credit = 0;
    std::uint64_t cap = 0;
    std::uint64_t cost = 0;
  };
  [[nodiscard]] Bucket new_bucket(const ir::Limit& test) const;

  SimOptions options_;
  std::uint64_t ticks_ = 0;
  bool started_ = false;
  Nanoseconds start_ = 0;
  std::map<Place, Bucket> buckets_;
  std::map<Place, std::uint32_t> counts_;
  std::mt19937_64 random_;
  std::vector<Assumption> recent_;
  std::vector<Assumption> all_;
  std::map<std::tuple<ir::RuleRef, std::string, std::string>, bool> known_;
};

}  // namespace nfproof::sim
