// SPDX-License-Identifier: Apache-2.0
// A region as an expression that the reader of packet expressions reads back with the same meaning: a few alternatives,
// or "all of this and not that", whichever is shorter.
#pragma once

#include <string>
#include <vector>

#include "analyzer/regions/cover.h"
#include "analyzer/regions/space.h"

namespace nfproof::analyzer::regions {

/// Alternatives of one expression.
inline constexpr std::size_t kMostCubes = 2000;

struct RegionText {
  std::string expression;
  bool complete = true;  ///< false: the expression holds only a part, the rest would be too long
  /// False: for some packets of the region it also depends on what `depends_on` lists.
  bool certain = true;
  std::vector<Variable> depends_on;
};

class RegionWriter {
 public:
  /// `world`: the packets there are; what the text says of others does not matter.
  RegionWriter(Space& space, Ref world) : space_(space), world_(world) {}

  /// `most_cubes`: alternatives that are looked for.
  [[nodiscard]] RegionText write(Ref region, std::size_t most_cubes);

 private:
  [[nodiscard]] std::string alternatives(const std::vector<Cube>& cubes);
  [[nodiscard]] std::string cube_text(const Cube& cube);
  void plain(const Cube& cube, const Literal& literal, std::vector<std::string>& words);
  void bits(const Cube& cube, std::size_t first, std::size_t last, std::vector<std::string>& words);
  void interfaces(const Literal& literal, std::vector<std::string>& words) const;
  [[nodiscard]] Cube trimmed(Cube cube);
  [[nodiscard]] std::string field_name(const VariableInfo& info, int protocol) const;
  [[nodiscard]] int protocol_of(const Cube& cube) const;

  Space& space_;
  Ref world_;
};

/// `{ a, b-c }`, `a` or `10.0.0.0/8`: the values of a field as expressions write them.
[[nodiscard]] std::string values_text(ir::FieldKind kind, ir::Family family, unsigned bits,
                                      const ir::ValueSet::Intervals& values);

}  // namespace nfproof::analyzer::regions
