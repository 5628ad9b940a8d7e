// SPDX-License-Identifier: Apache-2.0
// Irredundant covers in the manner of Minato and Morreale, for variables with many values: first what can be said
// without the topmost variable, then the rest for each group of its atoms, each cube widened to all groups that have
// room for it.
#include "analyzer/regions/cover.h"

#include <algorithm>
#include <map>

namespace nfproof::analyzer::regions {
namespace {

class Coverer {
 public:
  Coverer(DiagramStore& store, std::size_t most) : store_(store), left_(most) {}

  struct Part {
    std::vector<Cube> cubes;  ///< literals from the bottom up
    Ref covers = kNo;
  };

  Part cover(Ref must, Ref may) {
    Part part;
    if (must == kNo || failed()) return part;
    if (may == kYes) {
      if (left_-- == 0) full_ = true;
      part.cubes.emplace_back();
      part.covers = kYes;
      return part;
    }
    const Variable variable = std::min(store_.variable_of(must), store_.variable_of(may));
    std::vector<Group> groups = split(variable, must, may);
    Ref any = kNo;
    Ref always = kYes;
    for (const Group& group : groups) {
      any = store_.either(any, group.must);
      always = store_.both(always, group.may);
    }
    if (const Ref common = store_.both(any, always); common != kNo) {
      part = cover(common, always);
      for (Group& group : groups) group.must = store_.without(group.must, part.covers);
    }
    for (std::size_t g = 0; g < groups.size() && !failed(); ++g) {
      if (groups[g].must == kNo) continue;
      Part own = cover(groups[g].must, groups[g].may);
      for (Cube& cube : own.cubes) add(part, variable, groups, g, std::move(cube));
    }
    return part;
  }

  [[nodiscard]] bool failed() const { return full_ || store_.exhausted(); }

 private:
  struct Group {
    Ref must{};
    Ref may{};
    std::vector<AtomRange> atoms;
  };

  std::vector<Group> split(Variable variable, Ref must, Ref may) {
    std::map<std::pair<Ref, Ref>, std::size_t> known;
    std::vector<Group> groups;
    const auto at = [&](Ref ref, Atom atom) {
      return store_.variable_of(ref) == variable ? store_.child(ref, atom) : ref;
    };
    const auto end_of = [&](Ref ref, Atom atom) {
      if (store_.variable_of(ref) != variable) return store_.atoms(variable) - 1;
      const auto edges = store_.edges(ref);
      return std::lower_bound(edges.begin(), edges.end(), atom,
                              [](const Edge& edge, Atom value) { return edge.last < value; })
          ->last;
    };
    for (Atom first = 0; first < store_.atoms(variable);) {
      const Atom last = std::min(end_of(must, first), end_of(may, first));
      const auto [found, fresh] = known.emplace(std::pair{at(must, first), at(may, first)}, groups.size());
      if (fresh) groups.push_back({found->first.first, found->first.second, {}});
      groups[found->second].atoms.push_back({first, last});
      first = last + 1;
    }
    return groups;
  }

  /// A cube of one group, with all other groups in which there is room for it.
  void add(Part& part, Variable variable, std::vector<Group>& groups, std::size_t own, Cube cube) {
    constexpr std::size_t kMostTried = 400;
    Cube top_down(cube.rbegin(), cube.rend());
    const Ref body = condition_of(store_, top_down);
    std::vector<AtomRange> atoms;
    for (std::size_t g = 0; g < groups.size(); ++g) {
      const bool tried = g == own || groups.size() <= kMostTried || groups[g].may == groups[own].may;
      if (!tried || store_.without(body, groups[g].may) != kNo) continue;
      atoms.insert(atoms.end(), groups[g].atoms.begin(), groups[g].atoms.end());
      groups[g].must = store_.without(groups[g].must, body);
    }
    std::sort(atoms.begin(), atoms.end(), [](const AtomRange& a, const AtomRange& b) { return a.first < b.first; });
    AtomSet merged;
    for (const AtomRange& range : atoms) {
      if (!merged.empty() && merged.back().last + 1 == range.first)
        merged.back().last = range.last;
      else
        merged.push_back(range);
    }
    part.covers = store_.either(part.covers, store_.both(store_.test(variable, merged), body));
    if (size_of(merged) != store_.atoms(variable)) cube.push_back({variable, std::move(merged)});
    part.cubes.push_back(std::move(cube));
  }

  DiagramStore& store_;
  std::size_t left_;
  bool full_ = false;
};

}  // namespace

Ref condition_of(DiagramStore& store, const Cube& cube) {
  Ref all = kYes;
  for (std::size_t i = cube.size(); i-- > 0;) all = store.both(store.test(cube[i].variable, cube[i].atoms), all);
  return all;
}

Cover cover(DiagramStore& store, Ref must, Ref may, std::size_t most_cubes) {
  Coverer coverer(store, most_cubes);
  Coverer::Part part = coverer.cover(must, may);
  Cover result;
  result.complete = !coverer.failed();
  for (Cube& cube : part.cubes) {
    std::reverse(cube.begin(), cube.end());
    result.cubes.push_back(std::move(cube));
  }
  return result;
}

Cube hull(const DiagramStore& store, Ref condition) {
  const std::size_t count = store.variables();
  std::vector<std::vector<bool>> seen(count);
  for (Variable variable = 0; variable < count; ++variable) seen[variable].resize(store.atoms(variable), false);
  std::vector<int> skipped(count + 1, 0);  // differences: edges that pass over a variable
  const auto pass = [&](Variable from, Ref to) {
    const Variable end = std::min<Variable>(store.variable_of(to), static_cast<Variable>(count));
    ++skipped[from];
    --skipped[end];
  };
  std::vector<bool> visited(store.size(), false);
  std::vector<Ref> open{condition};
  pass(0, condition);
  while (!open.empty()) {
    const Ref ref = open.back();
    open.pop_back();
    if (is_terminal(ref) || visited[static_cast<std::uint32_t>(ref)]) continue;
    visited[static_cast<std::uint32_t>(ref)] = true;
    const Variable variable = store.variable_of(ref);
    Atom first = 0;
    for (const Edge& edge : store.edges(ref)) {
      if (edge.to != kNo) {
        for (Atom atom = first; atom <= edge.last; ++atom) seen[variable][atom] = true;
        pass(variable + 1, edge.to);
        open.push_back(edge.to);
      }
      first = edge.last + 1;
    }
  }
  Cube cube;
  int passing = 0;
  for (Variable variable = 0; variable < count; ++variable) {
    passing += skipped[variable];
    if (passing != 0) continue;
    std::vector<Atom> list;
    for (Atom atom = 0; atom < store.atoms(variable); ++atom)
      if (seen[variable][atom]) list.push_back(atom);
    AtomSet atoms = atom_set(std::move(list));
    if (size_of(atoms) != store.atoms(variable)) cube.push_back({variable, std::move(atoms)});
  }
  return cube;
}

AtomSet possible_atoms(const DiagramStore& store, Ref condition, Variable variable) {
  std::vector<bool> seen(store.atoms(variable), false);
  std::vector<bool> visited(store.size(), false);
  std::vector<Ref> open{condition};
  while (!open.empty()) {
    const Ref ref = open.back();
    open.pop_back();
    if (ref == kNo) continue;
    if (store.variable_of(ref) > variable) return {{0, store.atoms(variable) - 1}};
    if (visited[static_cast<std::uint32_t>(ref)]) continue;
    visited[static_cast<std::uint32_t>(ref)] = true;
    Atom first = 0;
    for (const Edge& edge : store.edges(ref)) {
      if (store.variable_of(ref) != variable)
        open.push_back(edge.to);
      else if (edge.to != kNo)
        std::fill(seen.begin() + first, seen.begin() + edge.last + 1, true);
      first = edge.last + 1;
    }
  }
  std::vector<Atom> list;
  for (Atom atom = 0; atom < seen.size(); ++atom)
    if (seen[atom]) list.push_back(atom);
  return atom_set(std::move(list));
}

AtomSet intersection(const AtomSet& a, const AtomSet& b) {
  AtomSet result;
  for (std::size_t i = 0, j = 0; i < a.size() && j < b.size();) {
    const Atom first = std::max(a[i].first, b[j].first);
    const Atom last = std::min(a[i].last, b[j].last);
    if (first <= last) result.push_back({first, last});
    if (a[i].last < b[j].last)
      ++i;
    else
      ++j;
  }
  return result;
}

}  // namespace nfproof::analyzer::regions
