// SPDX-License-Identifier: Apache-2.0
// Questions about sets of packets: which of them are accepted, dropped or rejected, where and by whom (`query`), and
// which of them meet another fate under another ruleset (`diff`). Answers are complete: every packet is in some region,
// or the answer says that it is undecided and why.
//
// Regions speak of packets as they enter the host. Every region comes with a packet of it that was walked through the
// rules and replayed by the oracle.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analyzer/analyze.h"
#include "analyzer/regions/diagram.h"
#include "analyzer/regions/way.h"

namespace nfproof::analyzer {

struct RegionOptions {
  const ir::Host* host = nullptr;    ///< null or `assumed`: only witnesses are made to its liking
  std::vector<ir::Family> families;  ///< empty: those that have tables
  std::vector<HostWay> ways{kHostWays.begin(), kHostWays.end()};
  bool read_out = true;      ///< false: only whether there are regions, without expressions and witnesses
  bool effects = true;       ///< `diff`: packets that are let through count as different when they are changed,
                             ///< marked, logged or translated in another way
  WitnessOracle oracle;      ///< empty: witnesses are only checked by the analyzer itself
  WitnessOracle new_oracle;  ///< `diff`: the one for the new ruleset
  /// `diff`: rules whose tests keep state answer alike when they are the n-th of their table that asks so, whatever
  /// else they say and wherever they stand; else they must be equal rules of equal chains.
  bool pair_by_order = false;
  bool whole_packets = false;  ///< no later fragments: they are put together before any rule sees them
  regions::Budget budget;
};

/// Who decides, and what. Without a rule no base chain is on the way.
struct RegionFate {
  ir::VerdictKind verdict = ir::VerdictKind::kAccept;
  std::optional<ir::RuleRef> rule;
  ir::Hook hook{};                   ///< where it is decided
  std::vector<std::string> effects;  ///< what was done to it, for `diff`
  std::string detail;                ///< what a reject answers, the queue
};

/// A test that may answer anything, as the user knows it.
struct RegionChoice {
  std::size_t side = 0;  ///< of `diff`: 0 old, 1 new
  std::optional<ir::RuleRef> rule;
  std::optional<ir::PredicateId> predicate;
  std::string text;     ///< without a predicate: what is not known
  bool answer = false;  ///< that a witness supposes
};

struct PacketRegion {
  HostWay way{};
  ir::Family family{};
  std::string expression;
  bool complete = true;  ///< false: the expression holds only a part of the region
  bool certain = true;   ///< false: within the expression it also depends on `depends_on`
  std::vector<RegionChoice> depends_on;
  std::optional<ir::Packet> witness;
  std::vector<RegionChoice> supposed;  ///< answers that the witness needs
};

struct QueryRegion {
  PacketRegion region;
  RegionFate fate;
};

struct Difference {
  PacketRegion region;
  RegionFate before;
  RegionFate after;
  bool only_effects = false;  ///< both come to the same verdict
};

struct RegionTrouble {
  ir::Family family{};
  std::optional<HostWay> way;
  std::string reason;
};

struct QueryResult {
  std::vector<QueryRegion> regions;
  std::vector<RegionTrouble> undecided;
  std::vector<std::string> internal_errors;
  std::vector<std::string> assumptions;
};

struct DiffResult {
  bool equivalent = false;  ///< proved
  std::vector<Difference> differences;
  std::vector<RegionTrouble> undecided;
  std::vector<std::string> internal_errors;
  std::vector<std::string> assumptions;
};

/// Which packets that fulfil all predicates (of the ruleset's pool) meet which fate?
[[nodiscard]] QueryResult query(const ir::Ruleset& ruleset, const std::vector<ir::PredicateId>& when,
                                const RegionOptions& options);

/// Which packets meet another fate? Counters, comments, the order and spelling of rules do not matter.
[[nodiscard]] DiffResult diff(const ir::Ruleset& before, const ir::Ruleset& after, const RegionOptions& options);

}  // namespace nfproof::analyzer
