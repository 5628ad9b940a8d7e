// SPDX-License-Identifier: Apache-2.0
// A condition as a list of cubes: each a conjunction of "this variable has one of these atoms". Together they are the
// condition, as far as the packets matter.
#pragma once

#include <utility>
#include <vector>

#include "analyzer/regions/diagram.h"

namespace nfproof::analyzer::regions {

struct Literal {
  Variable variable = 0;
  AtomSet atoms;
  AtomSet possible = {};  ///< for who writes it down: the atoms there are at all; none: not known
};
using Cube = std::vector<Literal>;  ///< by variable

struct Cover {
  std::vector<Cube> cubes;
  bool complete = true;  ///< false: there would be more cubes than were asked for
};

/// Cubes that hold everything of `must` and nothing outside of `may`; none can be left out, no literal is narrower than
/// it has to be.
[[nodiscard]] Cover cover(DiagramStore& store, Ref must, Ref may, std::size_t most_cubes);
[[nodiscard]] Ref condition_of(DiagramStore& store, const Cube& cube);
/// The smallest cube around a condition.
[[nodiscard]] Cube hull(const DiagramStore& store, Ref condition);
/// The atoms of one variable that the condition has room for.
[[nodiscard]] AtomSet possible_atoms(const DiagramStore& store, Ref condition, Variable variable);
[[nodiscard]] AtomSet intersection(const AtomSet& a, const AtomSet& b);

}  // namespace nfproof::analyzer::regions
