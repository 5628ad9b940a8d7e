// SPDX-License-Identifier: Apache-2.0
// The tests of rules as iptables has options for them: an option stands once in a rule, so tests of one field are
// joined; and a test of `fib` is `rpfilter` where other tests, of the same rule or of the next one, make up for what
// they answer differently.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <variant>
#include <vector>

#include "compiler/ir/ruleset.h"

namespace nfproof::backends {

using RuleTest = std::variant<ir::PredicateId, ir::FieldTest>;

/// The values that fulfil a test, where they are intervals.
[[nodiscard]] ir::ValueSet::Intervals iptables_numbers(const ir::FieldTest& test);

class IptablesTests {
 public:
  IptablesTests(const ir::Ruleset& ruleset, ir::Family family) : ruleset_(ruleset), family_(family) {}

  /// Looks for pairs of rules that are one: `fib ... missing VERDICT`, and the same verdict for what `rpfilter` does
  /// not take although `fib` does.
  void read_chain(ir::ChainId chain);
  /// Is the rule said by the one before it?
  [[nodiscard]] bool is_said(ir::RuleRef rule) const { return said_.contains(rule); }
  /// Nothing: no packet fulfils them.
  [[nodiscard]] std::optional<std::vector<RuleTest>> tests(ir::RuleRef rule) const;

 private:
  [[nodiscard]] std::vector<RuleTest> tests_of(const ir::Rule& rule) const;
  [[nodiscard]] bool read_pair(ir::RuleRef first, const ir::Rule& rule, const ir::Rule* next);
  void take_alone(std::vector<RuleTest>& tests) const;
  static bool join(std::vector<RuleTest>& tests);

  const ir::Ruleset& ruleset_;
  ir::Family family_;
  std::map<ir::RuleRef, std::vector<RuleTest>> made_;
  std::set<ir::RuleRef> said_;
};

}  // namespace nfproof::backends
