// SPDX-License-Identifier: Apache-2.0
// The call graph of chains: who jumps where, in which order to look at chains, which chains nothing can enter.
#pragma once

#include <vector>

#include "compiler/ir/ruleset.h"

namespace nfproof::analyzer {

/// The jumps and gotos of a ruleset as a directed graph (Boost.Graph inside). Chains of different tables never meet.
class CallGraph {
 public:
  explicit CallGraph(const ir::Ruleset& ruleset);

  /// The rules that jump or go to the chain, in order of chains and rules.
  [[nodiscard]] const std::vector<ir::RuleRef>& callers(ir::ChainId chain) const { return callers_[index(chain)]; }
  /// Chains so that every caller stands before what it calls. Chains on a loop (and those that need them) are left out.
  [[nodiscard]] const std::vector<ir::ChainId>& order() const { return order_; }
  /// Is the chain on a loop, or can it only be ordered after one?
  [[nodiscard]] bool is_ordered(ir::ChainId chain) const { return ordered_[index(chain)]; }
  /// Can a packet of some base chain get there, going by the jumps alone?
  [[nodiscard]] bool is_connected(ir::ChainId chain) const { return connected_[index(chain)]; }
  /// The chain and all from which it can be entered, in `order()`.
  [[nodiscard]] const std::vector<ir::ChainId>& ancestors(ir::ChainId chain) const { return ancestors_[index(chain)]; }
  /// Base chains among the ancestors.
  [[nodiscard]] std::vector<ir::ChainId> bases(const ir::Ruleset& ruleset, ir::ChainId chain) const;

 private:
  static std::size_t index(ir::ChainId chain) { return static_cast<std::size_t>(chain); }
  void find_order(const ir::Ruleset& ruleset);
  void find_ancestors();

  std::vector<std::vector<ir::RuleRef>> callers_;
  std::vector<ir::ChainId> order_;
  std::vector<bool> ordered_;
  std::vector<bool> connected_;
  std::vector<std::vector<ir::ChainId>> ancestors_;
};

}  // namespace nfproof::analyzer
