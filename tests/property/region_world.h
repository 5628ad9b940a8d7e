// SPDX-License-Identifier: Apache-2.0
// A small world for questions about whole ways through a host: random rulesets of all tables (marks, connection marks,
// NOTRACK, DNAT, user chains) that test few values, and packets that have those values and some others.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "analyzer/regions/way.h"
#include "compiler/ir/packet.h"

namespace nfproof::testing {

class RegionRuleset {
 public:
  explicit RegionRuleset(std::uint64_t seed) : random_(seed) {}

  [[nodiscard]] std::string text();
  /// The text with one line of rules left out, doubled, changed, or before the one that it followed.
  [[nodiscard]] std::string changed(const std::string& text);

 private:
  std::size_t below(std::size_t bound) { return random_() % bound; }
  bool chance(unsigned percent) { return below(100) < percent; }
  std::string maybe_not() { return chance(30) ? " !" : ""; }
  std::string policy() { return chance(50) ? "DROP [0:0]" : "ACCEPT [0:0]"; }
  std::string tests(const std::string& chain);
  std::string protocol();
  std::string mark(const std::string& chain);
  std::string target(int depth);

  std::mt19937_64 random_;
};

/// Packets of a way, drawn from all that the small world has.
[[nodiscard]] std::vector<ir::Packet> region_packets(analyzer::HostWay way, std::mt19937_64& random, std::size_t count);
/// Every packet of a part of it that has few values for each field.
[[nodiscard]] std::vector<ir::Packet> every_region_packet(analyzer::HostWay way);

}  // namespace nfproof::testing
