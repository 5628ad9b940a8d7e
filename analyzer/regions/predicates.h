// SPDX-License-Identifier: Apache-2.0
// The tests of one ruleset as conditions over a space. Tests that may answer anything are variables: equal tests of one
// module and options have one answer in all rulesets of the space; tests that keep state have one for each rule, and a
// rule of the old ruleset shares it with its equal in the new one.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "analyzer/regions/space.h"

namespace nfproof::analyzer::regions {

class Predicates {
 public:
  Predicates(Space& space, const ir::Ruleset& ruleset, std::size_t side, bool pair_by_order = false);

  /// All conditions of the rule hold.
  Ref rule(ir::RuleRef ref);
  /// All of these hold, wherever they are asked.
  Ref all_of(const std::vector<ir::PredicateId>& when);
  /// Does the test, or a part of it, keep state, so that each rule has an answer of its own?
  [[nodiscard]] bool keeps_state(ir::PredicateId id) const { return by_rule_[static_cast<std::size_t>(id)] != 0; }
  /// What makes two rules the same: place, text, and which of several equal ones it is.
  const std::string& rule_key(ir::RuleRef ref);

  [[nodiscard]] Space& space() { return space_; }
  [[nodiscard]] const ir::Ruleset& ruleset() const { return ruleset_; }
  [[nodiscard]] std::size_t side() const { return side_; }

 private:
  struct Meaning;
  Ref predicate(ir::PredicateId id, const std::optional<ir::RuleRef>& place);
  [[nodiscard]] std::vector<ir::PredicateId> parts(ir::PredicateId id) const;
  void pair_rules(ir::Family family);
  const std::string& ask_key(ir::RuleRef ref);
  [[nodiscard]] std::string what_it_asks(const ir::Rule& rule) const;

  Space& space_;
  const ir::Ruleset& ruleset_;
  std::size_t side_;
  bool pair_by_order_;
  std::vector<std::optional<Ref>> shared_;  ///< by predicate, for those that every rule understands alike
  std::vector<char> by_rule_;               ///< by predicate: holds a test with an answer for each rule
  std::map<ir::RuleRef, std::string> keys_;
  std::map<ir::RuleRef, std::string> ask_keys_;  ///< when rules are paired by their order
};

}  // namespace nfproof::analyzer::regions
