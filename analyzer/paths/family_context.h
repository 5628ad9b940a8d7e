// SPDX-License-Identifier: Apache-2.0
// Everything that questions about one family share: encoder, walks, solver, and turning the solver's models into
// packets.
#pragma once

#include <chrono>
#include <functional>

#include "analyzer/paths/candidate.h"
#include "analyzer/paths/concrete_walk.h"
#include "analyzer/paths/symbolic_walk.h"
#include "analyzer/smt/solver.h"

namespace nfproof::analyzer {

/// What does not depend on the family.
struct Structure {
  Structure(const ir::Ruleset& rules, const ir::Host* known_host)
      : ruleset(rules),
        host(known_host),
        graph(rules),
        interfaces(rules, known_host),
        written(rules, graph),
        boxes(rules, interfaces, written) {}
  const ir::Ruleset& ruleset;
  const ir::Host* host;
  CallGraph graph;
  InterfaceClasses interfaces;
  WrittenFields written;
  BoxIndex boxes;
};

class FamilyContext {
 public:
  FamilyContext(const Structure& structure, ir::Family family, WriteModel model, std::chrono::milliseconds timeout);

  /// The packet of the solver's last model as it enters the base chain.
  [[nodiscard]] Candidate candidate_of_model(ir::ChainId base) const;
  /// Is the formula true for a packet?
  [[nodiscard]] bool holds(FormulaId formula, const Candidate& candidate) const;
  /// Replaces odd values by those of everyday packets, one field after the other, as long as the packet still shows
  /// what it is to show.
  using StillGood = std::function<bool(const Candidate&)>;
  void make_ordinary(Candidate& candidate, ir::ChainId base, const StillGood& still_good) const;

  const Structure& structure;
  ir::Family family;
  Encoder encoder;
  SymbolicWalk walk;
  ConcreteWalk concrete;
  CandidateMaker maker;
  Solver solver;
};

}  // namespace nfproof::analyzer
