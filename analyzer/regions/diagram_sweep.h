// SPDX-License-Identifier: Apache-2.0
// For the operations on diagrams alone: walking the edges of several nodes at once, and the numbers of operations whose
// results are kept.
#pragma once

#include <algorithm>
#include <array>
#include <vector>

#include "analyzer/regions/diagram.h"

namespace nfproof::analyzer::regions {

enum StoreOperation : std::uint32_t { kNone, kChoose, kReplace, kAgreed, kCombine = 16 /* and more */ };

inline std::uint64_t mix(std::uint64_t x) {
  x ^= x >> 32U;
  x *= 0x9e3779b97f4a7c15ULL;
  x ^= x >> 29U;
  return x;
}

inline std::uint64_t number(Ref ref) { return static_cast<std::uint32_t>(ref); }

inline void append(std::vector<Edge>& edges, Edge edge) {
  if (!edges.empty() && edges.back().to == edge.to)
    edges.back().last = edge.last;
  else
    edges.push_back(edge);
}

/// Walks the edges of up to three nodes at once. Edges are read by index: interning may move them.
struct DiagramStore::Sweep {
  const DiagramStore& store;
  Variable variable;
  std::array<Ref, 3> refs;
  std::array<std::size_t, 3> at{};
  Atom last = 0;
  std::array<Ref, 3> now{};
  Atom end;

  Sweep(const DiagramStore& owner, std::array<Ref, 3> of)
      : store(owner),
        variable(std::min({owner.variable_of(of[0]), owner.variable_of(of[1]), owner.variable_of(of[2])})),
        refs(of),
        end(owner.atoms(variable)) {}

  /// The next range of atoms on which none changes; false at the end.
  bool next() {
    if (!begin_range()) return false;
    for (std::size_t i = 0; i < refs.size(); ++i) advance(i);
    return true;
  }

  /// The first is a condition: where it is false the second is not looked at, where it is true the third is not, so
  /// that what concerns few atoms costs little.
  bool next_of_choice() {
    if (!begin_range()) return false;
    advance(0);
    now[1] = now[2] = kNo;
    if (now[0] != kNo) advance(1);
    if (now[0] != kYes) advance(2);
    return true;
  }

 private:
  bool begin_range() {
    if (started_ && last + 1 >= end) return false;
    first_ = started_ ? last + 1 : 0;
    started_ = true;
    last = end - 1;
    return true;
  }

  void advance(std::size_t i) {
    if (store.variable_of(refs[i]) != variable) {
      now[i] = refs[i];
      return;
    }
    const auto list = store.edges(refs[i]);
    if (list[at[i]].last < first_) {
      ++at[i];
      if (list[at[i]].last < first_)
        at[i] = static_cast<std::size_t>(
            std::lower_bound(list.begin() + static_cast<std::ptrdiff_t>(at[i]), list.end(), first_,
                             [](const Edge& edge, Atom value) { return edge.last < value; }) -
            list.begin());
    }
    now[i] = list[at[i]].to;
    last = std::min(last, list[at[i]].last);
  }

  Atom first_ = 0;
  bool started_ = false;
};

}  // namespace nfproof::analyzer::regions
