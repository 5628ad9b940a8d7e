// SPDX-License-Identifier: Apache-2.0
// The table of expectations. Every master has at most one, as the policies of ftp and tftp have it.
#include "sim/expectation.h"

#include "sim/conntrack.h"

namespace nfproof::sim {

Tuple Expectations::key_of(const Tuple& tuple) {
  Tuple key = tuple;
  key.source_port = 0;
  return key;
}

bool Expectations::enter(const Expectation& expectation, Nanoseconds now) {
  const Tuple key = key_of(expectation.tuple);
  const auto found = expected_.find(key);
  if (found != expected_.end()) {
    const bool alive = found->second.expires > now && !found->second.master->dead;
    if (alive && found->second.master != expectation.master) return false;
    forget(*found->second.master);
  }
  forget(*expectation.master);
  Expectation& entered = expected_[key] = expectation;
  constexpr Nanoseconds kFiveMinutes = 300'000'000'000;
  entered.expires = now + kFiveMinutes;
  by_master_[expectation.master.get()] = key;
  return true;
}

std::optional<Expectation> Expectations::take(const Tuple& packet, Nanoseconds now) {
  if (expected_.empty()) return std::nullopt;
  const auto found = expected_.find(key_of(packet));
  if (found == expected_.end() || !found->second.master->confirmed()) return std::nullopt;
  const Expectation expectation = found->second;
  forget(*expectation.master);
  if (expectation.expires <= now || expectation.master->dead) return std::nullopt;
  return expectation;
}

void Expectations::forget(const Connection& master) {
  const auto known = by_master_.find(&master);
  if (known == by_master_.end()) return;
  expected_.erase(known->second);
  by_master_.erase(known);
}

}  // namespace nfproof::sim
