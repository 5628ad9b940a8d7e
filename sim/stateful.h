// SPDX-License-Identifier: Apache-2.0
// State of the matches that remember: token buckets, counters, and the answers assumed for matches without semantics.
// Each rule has its own.
#pragma once

#include <cstdint>
#include <map>
#include <tuple>
#include <vector>

#include "sim/evaluate.h"
#include "sim/match_state.h"
#include "sim/replay.h"
#include "sim/sets.h"

namespace nfproof::sim {

class StatefulOracle final : public Oracle {
 public:
  StatefulOracle(const ir::Ruleset& ruleset, const SimOptions& options)
      : options_(options), state_(ruleset, options_), sets_(options.sets) {}

  /// Time only moves forward.
  void advance(Nanoseconds now) { state_.advance(now), sets_.advance(now); }
  /// The assumptions made since the last call, in the place of those that stand there.
  void take_assumptions(std::vector<Assumption>& taken);
  /// Every assumption so far, once for each rule and module.
  [[nodiscard]] const std::vector<Assumption>& all_assumptions() const { return all_; }
  void assume(Assumption assumption);

  bool limit(const Place& place, const ir::Limit& test) override;
  bool statistic(const Place& place, const ir::Statistic& test) override;
  bool opaque(const Place& place, const ir::Opaque& test) override;
  bool doubt(const Place& place, std::string_view module, std::string_view why) override;
  MatchState* state() override { return &state_; }
  Sets* sets() override { return &sets_; }
  [[nodiscard]] const Sets& sets_now() const { return sets_; }

 private:
  struct Bucket {
    std::uint64_t last = 0;  // in ticks
    std::uint64_t credit = 0;
    std::uint64_t cap = 0;
    std::uint64_t cost = 0;
  };
  [[nodiscard]] Bucket new_bucket(const ir::Limit& test) const;

  [[nodiscard]] bool assumed_answer(const Place& place, const std::string& module, const std::string& arguments) const;

  SimOptions options_;
  MatchState state_;
  std::map<Place, Bucket> buckets_;
  std::map<Place, std::uint32_t> counts_;
  Sets sets_;
  std::vector<Assumption> recent_;
  std::vector<Assumption> all_;
  std::map<std::tuple<std::optional<ir::RuleRef>, std::string, std::string>, bool> known_;
};

}  // namespace nfproof::sim
