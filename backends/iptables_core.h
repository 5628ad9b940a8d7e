// SPDX-License-Identifier: Apache-2.0
// A rule as iptables options, from its core: for rules that were not written for iptables.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "backends/iptables_tests.h"
#include "compiler/ir/ruleset.h"

namespace nfproof::backends {

/// What becomes of one rule.
struct IptablesRule {
  /// Options of the matches, each with a blank before it: one rule for each. None: never true.
  std::vector<std::string> matches;
  std::vector<std::string> targets;  ///< ` -j MARK ...`, in order; one that ends the rule's work stands last
  bool once = false;                 ///< only the first match of a packet counts, or else it could meet several
  std::string problem;               ///< not empty: why iptables cannot say it
  bool stateful = false;             ///< a match keeps a state: it cannot stand in several rules
};

/// `tests`: of its chain, read before. `chain_name`: what a chain is called.
[[nodiscard]] IptablesRule iptables_rule(const ir::Ruleset& ruleset, ir::RuleRef ref, const IptablesTests& tests,
                                         ir::Family family, const std::function<std::string(ir::ChainId)>& chain_name);

// Parts of it.

/// One way for a test to be true.
struct IptablesMatch {
  int protocol = -1;  ///< that `-p` must say; less than 0: any
  std::string text;
};
struct IptablesMatches {
  std::vector<IptablesMatch> ways;
  std::string problem;
  bool stateful = false;
};
[[nodiscard]] inline IptablesMatches one_way(std::string text, int protocol = -1) {
  return {{{protocol, std::move(text)}}, "", false};
}
[[nodiscard]] inline IptablesMatches no_way(std::string why) { return {{}, std::move(why), false}; }

/// One interval may be negated; of several the rest is what is tested.
struct IptablesValues {
  ir::ValueSet::Intervals list;
  std::string bang;
};
[[nodiscard]] IptablesValues iptables_values(const ir::FieldTest& test);
[[nodiscard]] std::string iptables_range(const ir::Interval& interval, const char* between);

/// Of the source or the destination.
[[nodiscard]] IptablesMatches iptables_address_type(const ir::FieldTest& test, ir::Family family);
/// Fields of the connection; nothing for others.
[[nodiscard]] std::optional<IptablesMatches> iptables_connection(const ir::FieldTest& test, ir::Family family);
/// Has every packet a field of this kind, wherever iptables takes a test of it?
[[nodiscard]] bool iptables_always_has(ir::Presence presence);
[[nodiscard]] IptablesMatches iptables_field(const ir::FieldTest& test, ir::Family family);
[[nodiscard]] IptablesMatches iptables_predicate(const ir::Ruleset& ruleset, ir::PredicateId id, ir::Family family);
/// The targets of effects and verdict; the problem is empty when all have one.
[[nodiscard]] std::vector<std::string> iptables_targets(const ir::Rule& rule, ir::Family family,
                                                        const std::function<std::string(ir::ChainId)>& chain_name,
                                                        std::string& problem);

}  // namespace nfproof::backends
