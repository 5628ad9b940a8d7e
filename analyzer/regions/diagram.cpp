// SPDX-License-Identifier: Apache-2.0
// Hash-consed nodes and the operations on them.
#include "analyzer/regions/diagram.h"

#include <algorithm>

#include "analyzer/regions/diagram_sweep.h"

namespace nfproof::analyzer::regions {
namespace {

constexpr std::size_t kCacheRows = std::size_t{1} << 20U;

}  // namespace

DiagramStore::DiagramStore(const Budget& budget) {
  renew(budget);
  table_.assign(std::size_t{1} << 12U, 0);
  cache_.resize(kCacheRows);
}

Variable DiagramStore::add_variable(Atom atoms) {
  atoms_.push_back(std::max<Atom>(atoms, 1));
  return static_cast<Variable>(atoms_.size() - 1);
}

bool DiagramStore::spend(std::size_t edges) {
  if (edges_.size() + edges > budget_.edges) exhausted_ = true;
  if (edges_.size() + edges > part_edges_) over_part_ = true;
  return !exhausted_;
}

void DiagramStore::work(std::size_t edges) {
  constexpr std::size_t kClockEvery = 16384;
  worked_ += edges;
  if (worked_ < kClockEvery) return;
  worked_ = 0;
  if (std::chrono::steady_clock::now() > deadline_) exhausted_ = out_of_time_ = true;
}

void DiagramStore::renew(const Budget& budget) {
  budget_ = budget;
  deadline_ = std::chrono::steady_clock::now() + budget.time;
  limit_part(1);
}

void DiagramStore::limit_part(double share) {
  part_edges_ = static_cast<std::size_t>(share * static_cast<double>(budget_.edges));
  over_part_ = edges_.size() > part_edges_;
}

void DiagramStore::grow_table() {
  std::vector<std::uint32_t> bigger(table_.size() * 2, 0);
  const std::size_t mask = bigger.size() - 1;
  for (std::uint32_t n = 0; n < nodes_.size(); ++n) {
    std::uint64_t hash = mix(nodes_[n].variable + 1);
    for (const Edge& edge : edges(Ref{n})) hash = mix(hash ^ (number(edge.to) << 32U | edge.last));
    std::size_t slot = hash & mask;
    while (bigger[slot] != 0) slot = (slot + 1) & mask;
    bigger[slot] = n + 1;
  }
  table_ = std::move(bigger);
}

/// `edges` are merged already.
Ref DiagramStore::intern(Variable variable, std::vector<Edge>& edges) {
  work(edges.size());
  if (edges.size() == 1) return edges.front().to;
  if (nodes_.size() * 2 > table_.size()) grow_table();
  std::uint64_t hash = mix(variable + 1);
  for (const Edge& edge : edges) hash = mix(hash ^ (number(edge.to) << 32U | edge.last));
  const std::size_t mask = table_.size() - 1;
  std::size_t slot = hash & mask;
  for (; table_[slot] != 0; slot = (slot + 1) & mask) {
    const Node& known = nodes_[table_[slot] - 1];
    if (known.variable == variable && known.count == edges.size() &&
        std::equal(edges.begin(), edges.end(), edges_.begin() + known.first))
      return Ref{table_[slot] - 1};
  }
  if (!spend(edges.size())) return kNo;
  nodes_.push_back({variable, static_cast<std::uint32_t>(edges_.size()), static_cast<std::uint32_t>(edges.size())});
  edges_.insert(edges_.end(), edges.begin(), edges.end());
  table_[slot] = static_cast<std::uint32_t>(nodes_.size());
  return Ref{static_cast<std::uint32_t>(nodes_.size() - 1)};
}

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
  return cache_[hash & (kCacheRows - 1)];
}

Ref DiagramStore::choose(Ref condition, Ref then, Ref otherwise) {
  if (exhausted_) return kNo;
  if (condition == kYes || then == otherwise) return then;
  if (condition == kNo) return otherwise;
  if (then == kYes && otherwise == kNo) return condition;
  CacheRow& known = row(kChoose, condition, then, otherwise);
  if (known.operation == kChoose && known.a == condition && known.b == then && known.c == otherwise)
    return known.result;
  Sweep sweep(*this, {condition, then, otherwise});
  std::vector<Edge> list;
  while (sweep.next_of_choice()) append(list, {sweep.last, choose(sweep.now[0], sweep.now[1], sweep.now[2])});
  const Ref result = intern(sweep.variable, list);
  row(kChoose, condition, then, otherwise) = {kChoose, condition, then, otherwise, result};
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
  if (known.operation == kReplace && known.a == in && known.b == leaf && known.c == by) return known.result;
  Sweep sweep(*this, {in, by, by});
  std::vector<Edge> list;
  while (sweep.next()) append(list, {sweep.last, replace_step(sweep.now[0], leaf, sweep.now[1])});
  const Ref result = intern(sweep.variable, list);
  row(kReplace, in, leaf, by) = {kReplace, in, leaf, by, result};
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

Ref DiagramStore::expand(Ref in, const std::map<Ref, Ref>& functions) {
  constexpr std::size_t kFew = 16;  // each costs a pass over the whole, which is cheap
  if (functions.size() <= kFew) {
    for (const auto& [leaf, function] : functions) in = replace(in, leaf, function);
    return in;
  }
  std::unordered_map<Ref, Ref> done;
  return expand_step(in, functions, done);
}

Ref DiagramStore::expand_step(Ref in, const std::map<Ref, Ref>& functions, std::unordered_map<Ref, Ref>& done) {
  if (exhausted_) return kNo;
  if (const auto found = done.find(in); found != done.end()) return found->second;
  Ref result{};
  if (is_terminal(in)) {
    const auto function = functions.find(in);
    result = function == functions.end() ? in : function->second;
  } else {
    const Variable variable = variable_of(in);
    std::vector<Edge> parts;
    bool below = true;
    const std::size_t count = edges(in).size();
    for (std::size_t i = 0; i < count; ++i) {
      const Edge edge = edges(in)[i];
      const Ref part = expand_step(edge.to, functions, done);
      below = below && variable_of(part) > variable;
      append(parts, {edge.last, part});
    }
    result = below ? intern(variable, parts) : assemble(variable, parts, 0);
  }
  done.emplace(in, result);
  return result;
}

/// Functions for the ranges of one variable, which may depend on it and on those above it. Halves are joined, so that
/// most joins are small.
Ref DiagramStore::assemble(Variable variable, std::span<const Edge> parts, Atom first) {
  if (parts.size() == 1) return parts.front().to;
  const std::size_t half = parts.size() / 2;
  const Atom last = parts[half - 1].last;
  const Ref left = assemble(variable, parts.first(half), first);
  const Ref right = assemble(variable, parts.subspan(half), last + 1);
  return choose(test(variable, {{first, last}}), left, right);
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
