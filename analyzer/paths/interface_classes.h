// SPDX-License-Identifier: Apache-2.0
// Interface names as a finite enumeration: every name that a ruleset or host mentions, one representative for each
// pattern (`eth+`) that no mentioned name stands for, one name that nobody mentions, and "none". Two interfaces of the
// same class are the same to every rule, so nothing is lost.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/ir/host.h"
#include "compiler/ir/ruleset.h"

namespace nfproof::analyzer {

class InterfaceClasses {
 public:
  static constexpr std::size_t kNone = 0;
  static constexpr std::size_t kLoopback = 1;

  InterfaceClasses(const ir::Ruleset& ruleset, const ir::Host* host);
  /// For rulesets and expressions that are looked at together.
  InterfaceClasses(std::span<const ir::PredicatePool* const> pools, const ir::Host* host);

  [[nodiscard]] std::size_t size() const { return names_.size(); }
  [[nodiscard]] const std::string& name(std::size_t index) const { return names_[index]; }
  [[nodiscard]] std::size_t index_of(std::string_view name) const;  ///< `size()` when it is not in the enumeration
  /// A name that matches no pattern but `+`.
  [[nodiscard]] const std::string& fresh() const { return names_[fresh_]; }
  /// Names other than none and loopback that rules or the host speak of.
  [[nodiscard]] std::vector<std::string> mentioned() const;
  /// Width of a variable that holds an index.
  [[nodiscard]] unsigned bits() const;
  /// The indexes of the names in a set of patterns.
  [[nodiscard]] ir::ValueSet indexes(const ir::ValueSet& patterns) const;

 private:
  void add(std::string name);
  void add_representatives(const std::vector<ir::InterfacePattern>& wildcards);

  std::vector<std::string> names_;
  std::size_t fresh_ = 0;
};

}  // namespace nfproof::analyzer
