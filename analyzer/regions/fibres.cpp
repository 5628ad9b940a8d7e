// SPDX-License-Identifier: Apache-2.0
// From terminals upwards, then back down to up.
#include "analyzer/regions/fibres.h"

#include <algorithm>

namespace nfproof::analyzer::regions {

Fibres::Fibres(DiagramStore& store, Ref function) : store_(store), function_(function) {
  std::vector<bool> seen(store.size(), false);
  std::vector<Ref> open{function};
  while (!open.empty()) {
    const Ref ref = open.back();
    open.pop_back();
    if (is_terminal(ref) || seen[static_cast<std::uint32_t>(ref)]) continue;
    seen[static_cast<std::uint32_t>(ref)] = true;
    for (const Edge& edge : store.edges(ref)) open.push_back(edge.to);
  }
  // A node is made after those that it leads to.
  for (std::uint32_t n = 0; n < seen.size(); ++n)
    if (seen[n]) nodes_.push_back(Ref{n});
  above_.resize(nodes_.size());
  made_.resize(nodes_.size());
  marked_.resize(nodes_.size(), false);
  for (std::uint32_t at = 0; at < nodes_.size(); ++at)
    for (const Edge& edge : store.edges(nodes_[at])) {
      auto& list = is_terminal(edge.to) ? above_terminal_[edge.to] : above_[place(edge.to)];
      if (list.empty() || list.back() != at) list.push_back(at);
    }
}

std::size_t Fibres::place(Ref node) const {
  return static_cast<std::size_t>(std::lower_bound(nodes_.begin(), nodes_.end(), node) - nodes_.begin());
}

void Fibres::add_above(Ref ref) {
  const auto found = above_terminal_.find(ref);
  if (found == above_terminal_.end()) return;
  for (const std::uint32_t at : found->second)
    if (!marked_[at]) {
      marked_[at] = true;
      open_.push_back(at);
    }
}

Ref Fibres::of(std::span<const Ref> terminals) {
  std::vector<Ref> wanted(terminals.begin(), terminals.end());
  std::sort(wanted.begin(), wanted.end());
  const auto is_wanted = [&](Ref ref) { return std::binary_search(wanted.begin(), wanted.end(), ref); };
  if (is_terminal(function_)) return is_wanted(function_) ? kYes : kNo;
  for (const Ref ref : wanted) add_above(ref);
  for (std::size_t next = 0; next < open_.size(); ++next)
    for (const std::uint32_t at : above_[open_[next]])
      if (!marked_[at]) {
        marked_[at] = true;
        open_.push_back(at);
      }
  std::sort(open_.begin(), open_.end());
  std::vector<Edge> edges;
  for (const std::uint32_t at : open_) {
    const Variable variable = store_.variable_of(nodes_[at]);
    edges.assign(store_.edges(nodes_[at]).begin(), store_.edges(nodes_[at]).end());
    for (Edge& edge : edges) {
      if (is_terminal(edge.to)) {
        edge.to = is_wanted(edge.to) ? kYes : kNo;
        continue;
      }
      const std::size_t below = place(edge.to);
      edge.to = marked_[below] ? made_[below] : kNo;
    }
    made_[at] = store_.node(variable, edges);
  }
  const Ref result = open_.empty() ? kNo : made_[open_.back()];
  for (const std::uint32_t at : open_) marked_[at] = false;
  open_.clear();
  return result;
}

}  // namespace nfproof::analyzer::regions
