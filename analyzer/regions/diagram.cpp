// SPDX-License-Identifier: Apache-2.0
// Operations on nodes.
#include "analyzer/regions/diagram.h"

#include <algorithm>

#include "analyzer/regions/diagram_sweep.h"

namespace nfproof::analyzer::regions {
Ref DiagramStore::node(Variable variable, std::span<const Edge> given) {
  std::vector<Edge> merged;
  merged.reserve(given.size());
  for (const Edge& edge : given) append(merged, edge);
  return intern(variable, merged);
}

Ref DiagramStore::test(Variable variable, const AtomSet& set) {
  std::vector<Edge> list;
  Atom next = 0;
  for (const AtomRange& range : set) {
    if (range.first > next) append(list, {range.first - 1, kNo});
    append(list, {range.last, kYes});
    next = range.last + 1;
  }
  if (next < atoms_[variable]) append(list, {atoms_[variable] - 1, kNo});
  return intern(variable, list);
}

DiagramStore::CacheRow& DiagramStore::row(std::uint32_t operation, Ref a, Ref b, Ref c) {
  std::uint64_t hash = mix(number(a) << 32U | number(b));
  hash = mix(hash ^ (number(c) << 3U) ^ operation);
  return cache_[hash & (cache_.size() - 1)];
}

/// A row from before a roll-back is good when it speaks only of nodes that were never forgotten.
bool DiagramStore::holds(const CacheRow& row, std::uint32_t operation, Ref a, Ref b, Ref c) const {
  if (row.operation != operation || row.a != a || row.b != b || row.c != c) return false;
  const auto stays = [this](Ref ref) { return is_terminal(ref) || static_cast<std::uint32_t>(ref) < floor_; };
  return row.epoch == epoch_ || (stays(a) && stays(b) && stays(c) && stays(row.result));
}

Ref DiagramStore::choose(Ref condition, Ref then, Ref otherwise) {
  if (exhausted_) return kNo;
  if (condition == kYes || then == otherwise) return then;
  if (condition == kNo) return otherwise;
  if (then == kYes && otherwise == kNo) return condition;
  CacheRow& known = row(kChoose, condition, then, otherwise);
  if (holds(known, kChoose, condition, then, otherwise)) return known.result;
  Sweep sweep(*this, {condition, then, otherwise});
  std::vector<Edge> list;
  while (sweep.next_of_choice()) append(list, {sweep.last, choose(sweep.now[0], sweep.now[1], sweep.now[2])});
  const Ref result = intern(sweep.variable, list);
  row(kChoose, condition, then, otherwise) = {kChoose, condition, then, otherwise, result, epoch_};
  return result;
}

Ref DiagramStore::replace(Ref in, Ref leaf, Ref by) {
  if (in == leaf) return by;
  return replace_step(in, leaf, by);
}

Ref DiagramStore::replace_step(Ref in, Ref leaf, Ref by) {
  if (exhausted_) return kNo;
  if (in == leaf) return by;
  if (is_terminal(in)) return in;
  CacheRow& known = row(kReplace, in, leaf, by);
  if (holds(known, kReplace, in, leaf, by)) return known.result;
  Sweep sweep(*this, {in, by, by});
  std::vector<Edge> list;
  while (sweep.next()) append(list, {sweep.last, replace_step(sweep.now[0], leaf, sweep.now[1])});
  const Ref result = intern(sweep.variable, list);
  row(kReplace, in, leaf, by) = {kReplace, in, leaf, by, result, epoch_};
  return result;
}

Ref DiagramStore::map_terminals(Ref in, const TerminalMap& map) {
  std::unordered_map<Ref, Ref> done;
  return map_step(in, map, done);
}

Ref DiagramStore::map_step(Ref in, const TerminalMap& map, std::unordered_map<Ref, Ref>& done) {
  if (exhausted_) return kNo;
  if (const auto found = done.find(in); found != done.end()) return found->second;
  Ref result{};
  if (is_terminal(in)) {
    result = map(in);
  } else {
    std::vector<Edge> list;
    const std::size_t count = edges(in).size();
    for (std::size_t i = 0; i < count; ++i) {
      const Edge edge = edges(in)[i];
      append(list, {edge.last, map_step(edge.to, map, done)});
    }
    result = intern(variable_of(in), list);
  }
  done.emplace(in, result);
  return result;
}

Ref DiagramStore::substitute(Ref in, Variable variable, std::span<const Atom> map) {
  std::unordered_map<Ref, Ref> done;
  return substitute_step(in, variable, map, done);
}

Ref DiagramStore::restrict_to(Ref in, Variable variable, Atom atom) {
  const std::vector<Atom> map(atoms_[variable], atom);
  return substitute(in, variable, map);
}

Ref DiagramStore::substitute_step(Ref in, Variable variable, std::span<const Atom> map,
                                  std::unordered_map<Ref, Ref>& done) {
  if (exhausted_) return kNo;
  if (is_terminal(in) || variable_of(in) > variable) return in;
  if (const auto found = done.find(in); found != done.end()) return found->second;
  std::vector<Edge> list;
  if (variable_of(in) == variable) {
    // Runs of one value are one edge.
    for (Atom atom = 0; atom < atoms_[variable];) {
      const Atom value = map[atom];
      const Ref to = child(in, value);
      while (atom < atoms_[variable] && map[atom] == value) ++atom;
      append(list, {atom - 1, to});
    }
  } else {
    const std::size_t count = edges(in).size();
    for (std::size_t i = 0; i < count; ++i) {
      const Edge edge = edges(in)[i];
      append(list, {edge.last, substitute_step(edge.to, variable, map, done)});
    }
  }
  const Ref result = intern(variable_of(in), list);
  done.emplace(in, result);
  return result;
}

Ref DiagramStore::exists(Ref condition, const std::vector<bool>& marked) {
  std::unordered_map<Ref, Ref> done;
  return exists_step(condition, marked, done);
}

Ref DiagramStore::exists_step(Ref in, const std::vector<bool>& marked, std::unordered_map<Ref, Ref>& done) {
  if (exhausted_) return kNo;
  if (is_terminal(in)) return in;
  if (const auto found = done.find(in); found != done.end()) return found->second;
  const Variable variable = variable_of(in);
  const std::size_t count = edges(in).size();
  Ref result = kNo;
  std::vector<Edge> list;
  for (std::size_t i = 0; i < count && result != kYes; ++i) {
    const Edge edge = edges(in)[i];
    const Ref part = exists_step(edge.to, marked, done);
    if (marked[variable])
      result = either(result, part);
    else
      append(list, {edge.last, part});
  }
  if (!marked[variable]) result = intern(variable, list);
  done.emplace(in, result);
  return result;
}

}  // namespace nfproof::analyzer::regions
