// SPDX-License-Identifier: Apache-2.0
// Trees of steps, shared where they are equal. They may be as deep as a chain is long: explicit stacks.
#include "analyzer/regions/traces.h"

#include <algorithm>

namespace nfproof::analyzer::regions {
namespace {

std::uint64_t pair_key(std::uint32_t a, std::uint32_t b) { return std::uint64_t{a} << 32U | b; }

}  // namespace

Traces::Traces() {
  Node open;
  open.kind = Kind::kOpen;
  open.before = number({.goes_on = true});
  Node back;
  back.kind = Kind::kBack;
  back.back = true;
  back.before = number({});
  Node stuck;
  stuck.kind = Kind::kStuck;
  stuck.stuck = true;
  stuck.before = number({});
  nodes_ = {open, back, stuck};
}

std::uint32_t Traces::number(const Before& before) {
  const auto found = std::find(befores_.begin(), befores_.end(), before);
  if (found == befores_.end()) {
    befores_.push_back(before);
    return static_cast<std::uint32_t>(befores_.size() - 1);
  }
  return static_cast<std::uint32_t>(found - befores_.begin());
}

TraceStep Traces::step(std::size_t side, const Instruction& instruction) {
  Step step{instruction.memory.empty() ? 0 : side,
            instruction.text,
            instruction.memory,
            instruction.writes,
            instruction.settles,
            instruction.shakes};
  const auto [known, fresh] = known_steps_.emplace(step, static_cast<TraceStep>(steps_.size()));
  if (fresh) steps_.push_back(std::move(step));
  return known->second;
}

Trace Traces::add(Node node) {
  const std::array<std::uint32_t, 4> key{static_cast<std::uint32_t>(node.kind), node.what, node.yes, node.no};
  const auto [known, fresh] = known_.emplace(key, static_cast<Trace>(nodes_.size()));
  if (fresh) nodes_.push_back(node);
  return known->second;
}

Trace Traces::end(std::uint32_t text) {
  Node node;
  node.kind = Kind::kEnd;
  node.what = text;
  node.before = number({});
  return add(node);
}

Trace Traces::build(const Node& like, Trace yes, Trace no) {
  if (exhausted()) return kTraceStuck;
  Node node;
  node.kind = like.kind;
  node.what = like.what;
  node.yes = yes;
  node.no = no;
  const Node& a = nodes_[yes];
  const Node& b = nodes_[no];
  node.back = a.back || b.back;
  node.stuck = a.stuck || b.stuck;
  const Step& step = steps_[like.what];
  node.remembers = !step.memory.empty() || a.remembers || b.remembers;
  Before before;
  for (const Node* part : {&a, &b}) {
    const Before& rest = befores_[part->before];
    if (!rest.goes_on) continue;
    before.goes_on = before.stepped = true;
    before.shaken = before.shaken || rest.shaken || step.shakes;
    before.written |= rest.written | step.writes;
  }
  node.before = number(before);
  return add(node);
}

Trace Traces::done(TraceStep step, Trace next) {
  if (steps_[step].settles) next = without(step, next);
  Node like;
  like.kind = Kind::kDone;
  like.what = step;
  return build(like, next, next);
}

Trace Traces::asked(TraceStep step, Trace yes, Trace no) {
  Node like;
  like.kind = Kind::kAsked;
  like.what = step;
  return build(like, yes, no);
}

/// The tree with its parts made anew; `leaf` says what becomes of a part without looking below it, or nothing.
template <typename Leaf>
Trace Traces::rebuilt(Trace root, std::unordered_map<Trace, Trace>& made, const Leaf& leaf) {
  std::vector<Trace> open{root};
  while (!open.empty()) {
    const Trace now = open.back();
    if (made.contains(now)) {
      open.pop_back();
      continue;
    }
    if (const std::optional<Trace> known = leaf(now)) {
      made.emplace(now, *known);
      open.pop_back();
      continue;
    }
    const Node node = nodes_[now];
    const auto yes = made.find(node.yes);
    const auto no = made.find(node.no);
    if (yes != made.end() && no != made.end()) {
      open.pop_back();
      const Trace first = yes->second;
      const Trace second = no->second;
      made.emplace(now, node.kind == Kind::kDone ? done(node.what, first) : build(node, first, second));
      continue;
    }
    if (yes == made.end()) open.push_back(node.yes);
    if (no == made.end() && node.no != node.yes) open.push_back(node.no);
  }
  return made.at(root);
}

Trace Traces::then(Trace first, Trace second) {
  if (first == kTraceGoesOn) return second;
  if (second == kTraceGoesOn || !before(first).goes_on) return first;
  if (const auto known = joined_.find(pair_key(first, second)); known != joined_.end()) return known->second;
  std::unordered_map<Trace, Trace> made;
  const Trace result = rebuilt(first, made, [&](Trace part) -> std::optional<Trace> {
    if (part == kTraceGoesOn) return second;
    if (!before(part).goes_on) return part;
    return std::nullopt;
  });
  joined_.emplace(pair_key(first, second), result);
  return result;
}

Trace Traces::returned(Trace trace) {
  return rebuilt(trace, returned_, [&](Trace part) -> std::optional<Trace> {
    if (part == kTraceBack) return kTraceGoesOn;
    if (!nodes_[part].back) return part;
    return std::nullopt;
  });
}

/// Steps of the same kind that follow change nothing, up to one that writes the same fields otherwise.
Trace Traces::without(TraceStep settled, Trace trace) {
  std::unordered_map<Trace, Trace>& made = settled_[settled];
  std::vector<Trace> open{trace};
  while (!open.empty()) {
    const Trace now = open.back();
    const Node node = nodes_[now];
    const bool inner = node.kind == Kind::kDone || node.kind == Kind::kAsked;
    const bool same = inner && node.what == settled;
    const bool over = !inner || (!same && (steps_[node.what].writes & steps_[settled].writes).any());
    if (made.contains(now)) {
      open.pop_back();
    } else if (over) {
      made.emplace(now, now);
      open.pop_back();
    } else if (const auto yes = made.find(node.yes), no = made.find(node.no); yes != made.end() && no != made.end()) {
      const Trace first = yes->second;
      made.emplace(now, same ? first : build(node, first, no->second));
      open.pop_back();
    } else {
      if (!made.contains(node.yes)) open.push_back(node.yes);
      if (node.no != node.yes && !made.contains(node.no)) open.push_back(node.no);
    }
  }
  return made.at(trace);
}

bool Traces::same_step(TraceStep a, TraceStep b, Memories& memories) const {
  const Step& x = steps_[a];
  const Step& y = steps_[b];
  return x.text == y.text && memories.same(x.memory, y.memory);
}

bool Traces::same(Trace a, Trace b, Memories& memories) {
  const auto alike = [&](Trace x, Trace y) { return x == y && !nodes_[x].remembers && !nodes_[x].stuck; };
  if (alike(a, b) || same_.contains(pair_key(a, b))) return true;
  const std::size_t taken = memories.size();
  std::unordered_set<std::uint64_t> seen;
  std::vector<std::pair<Trace, Trace>> open{{a, b}};
  while (!open.empty()) {
    const auto [x, y] = open.back();
    open.pop_back();
    if (alike(x, y) || same_.contains(pair_key(x, y)) || !seen.insert(pair_key(x, y)).second) continue;
    const Node& left = nodes_[x];
    const Node& right = nodes_[y];
    const bool inner = left.kind == Kind::kDone || left.kind == Kind::kAsked;
    if (left.kind != right.kind || left.stuck || right.stuck || !inner || !same_step(left.what, right.what, memories)) {
      memories.forget_from(taken);
      return false;
    }
    open.emplace_back(left.yes, right.yes);
    if (left.kind == Kind::kAsked) open.emplace_back(left.no, right.no);
  }
  same_.insert(seen.begin(), seen.end());
  return true;
}

}  // namespace nfproof::analyzer::regions
