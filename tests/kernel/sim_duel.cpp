// SPDX-License-Identifier: Apache-2.0
// One random ruleset and its traffic.
#include "tests/kernel/sim_duel.h"

#include <cstdlib>

#include "tests/kernel/sim_bout.h"
#include "tests/support/random_ruleset.h"

namespace nfproof::testing {
namespace {

constexpr std::size_t kMostTold = 3;

RulesetOptions ruleset_options(const DuelOptions& options) {
  RulesetOptions result;
  result.v6 = options.v6;
  result.stateless = options.seed % 7 == 0;
  result.portable = options.backend == Backend::kNft;
  return result;
}

TrafficOptions traffic_options(const DuelOptions& options) {
  TrafficOptions result;
  result.v6 = options.v6;
  // The two backends read headers that are not whole in different ways.
  result.cut = options.backend == Backend::kLegacy;
  result.fragments = options.backend == Backend::kLegacy || options.seed % 7 != 0;
  return result;
}

void add(const Bout::Counts& counts, DuelTotals& totals) {
  ++totals.duels;
  totals.packets += counts.packets;
  totals.left += counts.left;
  totals.rules += counts.rules;
  totals.hit += counts.hit;
  totals.connections += counts.connections;
  totals.random_ports += counts.random_ports;
}

}  // namespace

std::string duel(const DuelOptions& options, DuelTotals& totals) {
  const std::string text = random_ruleset(options.seed, ruleset_options(options));
  Bout bout(text, {.v6 = options.v6, .backend = options.backend, .settings = {}});
  Traffic traffic(options.seed, traffic_options(options));
  bool comparable = true;
  for (std::size_t i = 0; i < options.packets && bout.problem().empty() && bout.told() < kMostTold; ++i) {
    const Bout::Exchange exchange = bout.send(traffic.next());
    if (exchange.random_port) {
      // What comes after cannot be compared. On the loopback it has met more rules with that port already.
      comparable = exchange.result.after.in != "lo";
      if (!comparable) break;
      traffic.forget();
    } else if (has_left(exchange.fate.end)) {
      traffic.left(exchange.fate.bytes);
    }
  }
  if (!bout.problem().empty()) return bout.problem();
  if (comparable) bout.compare_counters();
  if (bout.told() == 0) bout.compare_connections();
  add(bout.counts(), totals);
  const bool show = std::getenv("NFPROOF_SIM_SHOW") != nullptr && !bout.differences().empty();
  return bout.differences() + (show ? bout.last_packet() + text : "");
}

}  // namespace nfproof::testing
