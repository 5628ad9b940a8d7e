// SPDX-License-Identifier: Apache-2.0
// The arithmetic of limit and statistic (net/netfilter/xt_limit.c, xt_statistic.c), overflows included.
#include "sim/stateful.h"

#include <algorithm>
#include <utility>

namespace nfproof::sim {
namespace {

constexpr std::uint64_t kScale = 10000;  // unit of `Limit::average`: parts of a second

/// The largest power of two that lets a day of ticks fit into 32 bits.
std::uint32_t credits_per_tick(std::uint32_t hz) {
  const std::uint32_t most = 0xffffffffU / (hz * 60 * 60 * 24);
  std::uint32_t power = 1;
  while (power <= most / 2) power *= 2;
  return power;
}

/// 32-bit arithmetic on purpose: the kernel's overflows are part of the meaning.
std::uint32_t to_credits(std::uint32_t user, std::uint32_t hz) {
  const std::uint32_t unit = hz * credits_per_tick(hz);
  if (user > 0xffffffffU / unit) return static_cast<std::uint32_t>(user / kScale) * unit;
  return static_cast<std::uint32_t>(user * unit / kScale);
}

}  // namespace

void StatefulOracle::take_assumptions(std::vector<Assumption>& taken) {
  taken.clear();
  std::swap(taken, recent_);
}

void StatefulOracle::assume(Assumption assumption) {
  if (known_.emplace(std::tuple(assumption.rule, assumption.module, assumption.arguments), true).second)
    all_.push_back(assumption);
  recent_.push_back(std::move(assumption));
}

StatefulOracle::Bucket StatefulOracle::new_bucket(const ir::Limit& test) const {
  const std::uint32_t full = to_credits(test.average * test.burst, options_.hz);
  return Bucket{.last = state_.jiffies(), .credit = full, .cap = full, .cost = to_credits(test.average, options_.hz)};
}

bool StatefulOracle::limit(const Place& asked, const ir::Limit& test) {
  const Place& place = state_.keeper(asked);
  auto found = buckets_.find(place);
  if (found == buckets_.end()) found = buckets_.emplace(place, new_bucket(test)).first;
  Bucket& bucket = found->second;
  const std::uint64_t gained =
      (state_.jiffies() - std::exchange(bucket.last, state_.jiffies())) * credits_per_tick(options_.hz);
  bucket.credit = std::min(bucket.cap, bucket.credit + gained);
  if (bucket.credit < bucket.cost) return false;
  bucket.credit -= bucket.cost;
  return true;
}

bool StatefulOracle::statistic(const Place& place, const ir::Statistic& test) {
  bool match = false;
  if (test.mode == ir::Statistic::Mode::kRandom) {
    match = (state_.random() & 0x7fffffffU) < test.probability;
    assume({.rule = place.rule, .module = "statistic", .arguments = "--mode random", .answer = match != test.negated});
  } else if (test.every != 0) {
    const auto first =
        counts_.emplace(state_.keeper(place), test.every - 1 - std::min(test.packet, test.every - 1)).first;
    std::uint32_t& count = first->second;
    count = count == test.every - 1 ? 0 : count + 1;
    match = count == 0;
  }
  return match != test.negated;
}

bool StatefulOracle::assumed_answer(const Place& place, const std::string& module, const std::string& arguments) const {
  if (const auto rule = options_.assume_rule.find({place.rule, place.predicate}); rule != options_.assume_rule.end())
    return rule->second;
  const auto test = options_.assume_test.find({module, arguments});
  if (test != options_.assume_test.end()) return test->second;
  const auto all = options_.assume_module.find(module);
  return all == options_.assume_module.end() ? options_.assume_opaque : all->second;
}

bool StatefulOracle::opaque(const Place& place, const ir::Opaque& test) {
  const bool answer = assumed_answer(place, test.module, test.arguments);
  assume({.rule = place.rule, .module = test.module, .arguments = test.arguments, .answer = answer});
  return answer;
}

bool StatefulOracle::doubt(const Place& place, std::string_view module, std::string_view why) {
  const std::string name(module), arguments = "(" + std::string(why) + ")";
  const bool answer = assumed_answer(place, name, arguments);
  assume({.rule = place.rule, .module = name, .arguments = arguments, .answer = answer});
  return answer;
}

}  // namespace nfproof::sim
