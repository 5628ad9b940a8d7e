// SPDX-License-Identifier: Apache-2.0
// The simulator against the kernel, packet by packet: random traffic goes through a random ruleset in both, replies are
// built from what the kernel let out, and both have to say the same of each packet (its fate, its bytes, its mark), of
// every rule's and policy's counters, and of the connection table at the end.
#pragma once

#include <cstdint>
#include <string>

#include "tests/kernel/harness/tools.h"

namespace nfproof::testing {

struct DuelOptions {
  std::uint64_t seed = 1;
  bool v6 = false;
  std::size_t packets = 500;
  Backend backend = Backend::kLegacy;
};

/// Adds up over duels.
struct DuelTotals {
  std::size_t duels = 0, packets = 0, left = 0, rules = 0, hit = 0, connections = 0, random_ports = 0;
};

/// Empty: no disagreement.
[[nodiscard]] std::string duel(const DuelOptions& options, DuelTotals& totals);

}  // namespace nfproof::testing
