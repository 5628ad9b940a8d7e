// SPDX-License-Identifier: Apache-2.0
// Deciding formulas. The only door to Z3: its headers are included by `solver.cpp` alone.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "analyzer/smt/formula.h"

namespace nfproof::analyzer {

enum class Outcome : std::uint8_t { kSat, kUnsat, kUnknown };

/// One incremental solver. A question: `begin(formula)`, any number of `check(assumptions)`, `end()`.
class Solver {
 public:
  /// `timeout` is for each query: the work that a quiet machine does in that time, so that an answer does not depend on
  /// what else the machine does. Only a query that takes twenty times as long is given up by the clock.
  Solver(const FormulaPool& pool, std::chrono::milliseconds timeout);
  ~Solver();
  Solver(const Solver&) = delete;
  Solver& operator=(const Solver&) = delete;

  void begin(FormulaId formula);
  /// Is the formula satisfiable with these boolean variables true?
  [[nodiscard]] Outcome check(std::span<const VarId> assumptions = {});
  /// After kUnsat: assumptions that are enough for it.
  [[nodiscard]] std::vector<VarId> core() const;
  /// After kSat: the value of a variable; nothing when it does not matter.
  [[nodiscard]] std::optional<ir::u128> value(VarId variable) const;
  void end();

  [[nodiscard]] std::size_t queries() const;
  [[nodiscard]] double milliseconds() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace nfproof::analyzer
