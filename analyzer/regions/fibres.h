// SPDX-License-Identifier: Apache-2.0
// A function taken apart: for which packets does it have these terminals? Each answer costs what lies above its
// terminals, not the whole, so a function with thousands of terminals is read out in about the time of one pass.
#pragma once

#include <cstddef>
#include <span>
#include <unordered_map>
#include <vector>

#include "analyzer/regions/diagram.h"

namespace nfproof::analyzer::regions {

class Fibres {
 public:
  /// The function must outlive this; nodes that are made later may be forgotten.
  Fibres(DiagramStore& store, Ref function);

  /// True where the function has one of the terminals.
  Ref of(std::span<const Ref> terminals);

 private:
  [[nodiscard]] std::size_t place(Ref node) const;
  void add_above(Ref ref);

  DiagramStore& store_;
  Ref function_;
  std::vector<Ref> nodes_;                         ///< ascending: what a node leads to stands before it
  std::vector<std::vector<std::uint32_t>> above_;  ///< by place: places of nodes that lead to it
  std::unordered_map<Ref, std::vector<std::uint32_t>> above_terminal_;
  std::vector<Ref> made_;  ///< by place, for the marked ones
  std::vector<bool> marked_;
  std::vector<std::uint32_t> open_;
};

}  // namespace nfproof::analyzer::regions
