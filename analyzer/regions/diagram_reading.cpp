// SPDX-License-Identifier: Apache-2.0
// Sets of atoms, and what is read from diagrams without making any.
#include <algorithm>

#include "analyzer/regions/diagram.h"

namespace nfproof::analyzer::regions {

AtomSet atom_set(std::vector<Atom> atoms) {
  std::sort(atoms.begin(), atoms.end());
  AtomSet set;
  for (const Atom atom : atoms) {
    if (!set.empty() && atom <= set.back().last + 1)
      set.back().last = std::max(set.back().last, atom);
    else
      set.push_back({atom, atom});
  }
  return set;
}

AtomSet complement(const AtomSet& set, Atom count) {
  AtomSet result;
  Atom next = 0;
  for (const AtomRange& range : set) {
    if (range.first > next) result.push_back({next, range.first - 1});
    next = range.last + 1;
  }
  if (next < count) result.push_back({next, count - 1});
  return result;
}

bool contains(const AtomSet& set, Atom atom) {
  const auto after = std::upper_bound(set.begin(), set.end(), atom,
                                      [](Atom value, const AtomRange& range) { return value < range.first; });
  return after != set.begin() && atom <= std::prev(after)->last;
}

std::size_t size_of(const AtomSet& set) {
  std::size_t size = 0;
  for (const AtomRange& range : set) size += range.last - range.first + 1;
  return size;
}

/// For each node and terminal below, nodes once.
void DiagramStore::visit(Ref in, const std::function<void(Ref)>& seen) const {
  std::vector<Ref> open{in};
  stamps_.resize(nodes_.size(), 0);
  ++stamp_;
  while (!open.empty()) {
    const Ref ref = open.back();
    open.pop_back();
    if (!is_terminal(ref)) {
      std::uint32_t& stamp = stamps_[static_cast<std::uint32_t>(ref)];
      if (stamp == stamp_) continue;
      stamp = stamp_;
      for (const Edge& edge : edges(ref)) open.push_back(edge.to);
    }
    seen(ref);
  }
}

std::vector<Ref> DiagramStore::terminals(Ref in) const {
  std::vector<Ref> found;
  visit(in, [&](Ref ref) {
    if (is_terminal(ref)) found.push_back(ref);
  });
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

Ref DiagramStore::child(Ref ref, Atom atom) const {
  const auto list = edges(ref);
  const auto found =
      std::lower_bound(list.begin(), list.end(), atom, [](const Edge& edge, Atom value) { return edge.last < value; });
  return found->to;
}

Ref DiagramStore::follow(Ref ref, const std::function<Atom(Variable)>& atom_of) const {
  while (!is_terminal(ref)) ref = child(ref, atom_of(variable_of(ref)));
  return ref;
}

std::vector<bool> DiagramStore::support(Ref ref) const {
  std::vector<bool> found(atoms_.size(), false);
  visit(ref, [&](Ref at) {
    if (!is_terminal(at)) found[variable_of(at)] = true;
  });
  return found;
}

}  // namespace nfproof::analyzer::regions
