// SPDX-License-Identifier: Apache-2.0
// Many questions to the solver at once: each lane has a context, a solver and questions of its own, and lanes run on
// several threads. A solver's answers depend on what it was asked before, so which lane gets which question follows
// from the number of questions alone: the answers are the same for any number of threads.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "analyzer/paths/family_context.h"

namespace nfproof::analyzer {

class SolverLanes {
 public:
  SolverLanes(const Structure& structure, ir::Family family, WriteModel model, std::chrono::milliseconds timeout,
              unsigned threads);

  /// For questions that come one by one.
  [[nodiscard]] FamilyContext& first() { return *lanes_.front(); }
  [[nodiscard]] unsigned threads() const { return threads_; }

  /// Calls `ask(context, i)` for all `i` below `count`, those of one lane in ascending order.
  using Ask = std::function<void(FamilyContext& context, std::size_t i)>;
  void ask(std::size_t count, const Ask& ask);

  [[nodiscard]] std::size_t queries() const;
  [[nodiscard]] double milliseconds() const;

 private:
  WriteModel model_;
  std::chrono::milliseconds timeout_;
  unsigned threads_;
  std::vector<std::unique_ptr<FamilyContext>> lanes_;  ///< others than the first are made when they are needed
};

}  // namespace nfproof::analyzer
