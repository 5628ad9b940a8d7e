// SPDX-License-Identifier: Apache-2.0
// What matches remember from packet to packet, and the clocks they look at. `Oracle::state` hands it to the evaluators;
// there is none for a packet that stands alone.
#pragma once

#include <cstdint>
#include <map>
#include <random>

#include "compiler/ir/ruleset.h"
#include "sim/conn_count.h"
#include "sim/evaluate.h"
#include "sim/hash_limit.h"
#include "sim/recent.h"
#include "sim/replay.h"
#include "sim/string_search.h"

namespace nfproof::sim {

class MatchState {
 public:
  /// Declares tables and lists in the order in which the kernel loads the rules.
  MatchState(const ir::Ruleset& ruleset, const SimOptions& options);

  /// Time only moves forward.
  void advance(Nanoseconds now);
  [[nodiscard]] Nanoseconds now() const { return now_; }
  /// Of the kernel's clock since the first packet.
  [[nodiscard]] Jiffies jiffies() const { return jiffies_; }
  /// Since 1970.
  [[nodiscard]] std::int64_t seconds() const { return seconds_; }
  /// What the kernel's time zone adds to UTC, in minutes.
  [[nodiscard]] int minutes_east() const { return minutes_east_; }

  /// The bytes left.
  [[nodiscard]] std::uint64_t& quota(const Place& place, const ir::Quota& test);
  [[nodiscard]] const StringSearch& search(ir::PredicateId id, const ir::StringTest& test);
  [[nodiscard]] std::uint64_t random() { return random_(); }

  /// Where the test keeps its state: parts that one rule of nftables was divided into have one for all of them.
  [[nodiscard]] const Place& keeper(const Place& place) const {
    const auto found = keepers_.find(place);
    return found == keepers_.end() ? place : found->second;
  }

  HashLimits hash_limits;
  RecentLists recent;
  ConnectionCounts connections;
  ConnectionCounts::Look look;  ///< asks connection tracking; set by who has one

 private:
  void declare(const ir::Ruleset& ruleset, const ir::Chain& chain, ir::Family family);
  void share_divided(const ir::Ruleset& ruleset, ir::ChainId chain);

  const SimOptions& options_;
  bool started_ = false;
  Nanoseconds start_ = 0;
  Nanoseconds now_ = 0;
  Jiffies jiffies_ = 0;
  std::int64_t seconds_ = 0;
  int minutes_east_ = 0;
  std::map<Place, std::uint64_t> quotas_;
  std::map<ir::PredicateId, StringSearch> searches_;
  std::mt19937_64 random_;
  std::map<Place, Place> keepers_;
};

}  // namespace nfproof::sim
