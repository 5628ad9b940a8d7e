// SPDX-License-Identifier: Apache-2.0
// What is known about the life of one rule, and the ways by which packets may get to its chain.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analyzer/paths/candidate.h"

namespace nfproof::analyzer {

enum class Life : std::uint8_t {
  kNotAsked,       ///< of another family, or on a loop of chains
  kAlive,          ///< `packet` gets there and matches
  kShadowed,       ///< `takers` take all its packets
  kContradictory,  ///< its tests cannot all be true at its hook
  kExcluded,       ///< its tests contradict those of the jumps that lead to it
  kNoEntry,        ///< its chain cannot be entered
  kPossible,       ///< alive for a host with other addresses than the assumed one: there is no packet to show
  kUndecided,      ///< `reason`
};

struct RuleLife {
  Life life = Life::kNotAsked;
  ir::ChainId base{};               ///< kAlive, and kShadowed with a packet: where it enters
  std::optional<Candidate> packet;  ///< kAlive: gets to the rule; kShadowed: fits the rule and is taken before
  std::vector<ir::RuleRef> takers;  ///< kShadowed: a smallest set, in order
  bool differs = false;             ///< kShadowed: `packet` would meet another fate at the rule
  ir::VerdictKind would_be{};       ///< kShadowed with a packet: the verdict if the rule had its turn
  std::string reason;
};

/// One way to a chain: the jumps, from the base chain on.
struct ChainWay {
  ir::ChainId base{};
  std::vector<ir::RuleRef> sites;
};

/// ACCEPT, DROP or REJECT.
[[nodiscard]] bool decides(const ir::Rule& rule);
/// ACCEPT is one fate, DROP and REJECT are another, QUEUE is a third.
[[nodiscard]] bool same_kind_of_fate(ir::VerdictKind a, ir::VerdictKind b);

}  // namespace nfproof::analyzer
