// SPDX-License-Identifier: Apache-2.0
// Nodes: each made once, and forgotten again in the reverse order.
#include <algorithm>

#include "analyzer/regions/diagram_sweep.h"

namespace nfproof::analyzer::regions {

DiagramStore::DiagramStore(const Budget& budget) {
  renew(budget);
  table_.assign(std::size_t{1} << 12U, 0);
  cache_.resize(std::size_t{1} << 20U);
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

std::uint64_t DiagramStore::hash_of(Variable variable, std::span<const Edge> edges) {
  std::uint64_t hash = mix(variable + 1);
  for (const Edge& edge : edges) hash = mix(hash ^ (number(edge.to) << 32U | edge.last));
  return hash;
}

void DiagramStore::grow_table() {
  std::vector<std::uint32_t> bigger(table_.size() * 2, 0);
  const std::size_t mask = bigger.size() - 1;
  for (std::uint32_t n = 0; n < nodes_.size(); ++n) {
    std::size_t slot = hash_of(nodes_[n].variable, edges(Ref{n})) & mask;
    while (bigger[slot] != 0) slot = (slot + 1) & mask;
    bigger[slot] = n + 1;
  }
  table_ = std::move(bigger);
}

/// From the last to the first: whatever was put into the table behind a node is gone before the node is, so no place
/// that is freed is in the way to another one.
void DiagramStore::roll_back(std::size_t mark) {
  if (exhausted_ && !out_of_time_) {  // what was made then means nothing
    exhausted_ = false;
    std::fill(cache_.begin(), cache_.end(), CacheRow{});
  }
  if (mark >= nodes_.size()) return;
  const std::size_t table = table_.size() - 1;
  for (std::size_t n = nodes_.size(); n-- > mark;) {
    std::size_t slot = hash_of(nodes_[n].variable, edges(Ref{static_cast<std::uint32_t>(n)})) & table;
    while (table_[slot] != n + 1) slot = (slot + 1) & table;
    table_[slot] = 0;
  }
  edges_.resize(nodes_[mark].first);
  nodes_.resize(mark);
  over_part_ = edges_.size() > part_edges_;
  ++epoch_;
  floor_ = std::min(floor_, mark);
}

/// `edges` are merged already.
Ref DiagramStore::intern(Variable variable, std::vector<Edge>& edges) {
  work(edges.size());
  if (edges.size() == 1) return edges.front().to;
  if (nodes_.size() * 2 > table_.size()) grow_table();
  const std::size_t mask = table_.size() - 1;
  std::size_t slot = hash_of(variable, edges) & mask;
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

}  // namespace nfproof::analyzer::regions
