// SPDX-License-Identifier: Apache-2.0
// Rules, calls and chains as traces.
#include "analyzer/regions/trace_chains.h"

#include <algorithm>
#include <set>
#include <utility>

namespace nfproof::analyzer::regions {

using ir::ChainId;
using Kind = Instruction::Kind;

namespace {

/// Of `DiagramStore::combine`: the number of `Traces::then`.
constexpr std::uint32_t kThen = 1;

}  // namespace

/// Callees first; what calls itself in a loop is not followed.
void TraceChains::compute(ChainId start) {
  struct Visit {
    ChainId chain;
    bool entered = false;
  };
  std::vector<Visit> open{{start}};
  std::set<ChainId> entered;
  while (!open.empty()) {
    Visit& visit = open.back();
    const ChainId chain = visit.chain;
    if (done_.contains(chain)) {
      open.pop_back();
      continue;
    }
    if (visit.entered) {
      open.pop_back();
      done_.emplace(chain, compose(chain));
      continue;
    }
    visit.entered = true;
    entered.insert(chain);
    for (std::uint32_t i = 0; i < program_.rules(chain); ++i)
      for (const Instruction& each : program_.rule(chain, i))
        if (each.kind == Kind::kCall && !entered.contains(each.callee)) open.push_back({each.callee});
  }
}

/// What the function says where it does not depend on what was written before, nor on answers.
Ref TraceChains::known_before(const Before& before, Ref function) {
  if (!before.stepped || is_terminal(function)) return function;
  std::vector<bool> marked(space_.variables());
  for (Variable variable = 0; variable < marked.size(); ++variable) {
    const VariableInfo& info = space_.info(variable);
    const bool field = info.kind == VariableInfo::Kind::kValues || info.kind == VariableInfo::Kind::kBits;
    const bool reads = info.kind == VariableInfo::Kind::kAnswer && info.reads_packet;
    marked[variable] = field ? before.written.test(static_cast<std::size_t>(info.field))
                             : !reads || before.shaken || before.written.any();
  }
  return space_.store().project(function, marked, terminal(kTraceStuck));
}

Ref TraceChains::joined(Ref first, Ref second) {
  return space_.store().combine(kThen, first, second, [&](Ref a, Ref b) -> std::optional<Ref> {
    if (a == terminal(kTraceGoesOn)) return b;
    if (b == terminal(kTraceGoesOn)) return a;
    if (gives_up()) return terminal(kTraceStuck);
    if (!is_terminal(a)) return std::nullopt;
    if (!traces_.before(terminal_value(a)).goes_on) return a;
    if (!is_terminal(b)) return std::nullopt;
    return terminal(traces_.then(terminal_value(a), terminal_value(b)));
  });
}

/// First the one, then, where the packet goes on, the other.
Ref TraceChains::join(Ref first, Ref second) {
  DiagramStore& store = space_.store();
  if (second == terminal(kTraceGoesOn)) return first;
  if (first == terminal(kTraceGoesOn)) return second;
  // What the second is after each way to it; most often that is the same.
  std::vector<std::pair<Before, Ref>> ways;
  for (const Ref leaf : store.terminals(first)) {
    const Before& before = traces_.before(terminal_value(leaf));
    const auto known = [&](const auto& way) { return way.first == before; };
    if (before.goes_on && std::none_of(ways.begin(), ways.end(), known))
      ways.emplace_back(before, known_before(before, second));
  }
  const auto alike = [&](const auto& way) { return way.second == ways.front().second; };
  if (std::all_of(ways.begin(), ways.end(), alike)) return ways.empty() ? first : joined(first, ways.front().second);
  Ref all = terminal(kTraceStuck);
  for (const auto& [before, rest] : ways) {
    const auto these = [&, which = &before](Ref leaf) { return traces_.before(terminal_value(leaf)) == *which; };
    const Ref where = store.map_terminals(first, [&](Ref leaf) { return these(leaf) ? kYes : kNo; });
    all = store.choose(where, joined(first, rest), all);
  }
  const Ref over =
      store.map_terminals(first, [&](Ref leaf) { return traces_.before(terminal_value(leaf)).goes_on ? kNo : kYes; });
  return store.choose(over, first, all);
}

Ref TraceChains::called(const Instruction& call) {
  const auto found = done_.find(call.callee);
  if (found == done_.end()) return terminal(kTraceStuck);
  return call.leaves ? joined(found->second, terminal(kTraceBack)) : found->second;
}

Ref TraceChains::step(const Instruction& instruction, Ref rest) {
  const TraceStep what = traces_.step(side_, instruction);
  rest = known_before({true, true, instruction.shakes, instruction.writes}, rest);
  return space_.store().map_terminals(rest, [&](Ref leaf) {
    const Trace next = terminal_value(leaf);
    if (instruction.kind == Kind::kDo) return terminal(traces_.done(what, next));
    return terminal(instruction.inverted ? traces_.asked(what, kTraceGoesOn, next)
                                         : traces_.asked(what, next, kTraceGoesOn));
  });
}

Ref TraceChains::rule(const std::vector<Instruction>& rule) {
  Ref rest = terminal(kTraceGoesOn);
  for (auto each = rule.rbegin(); each != rule.rend(); ++each) {
    switch (each->kind) {
      case Kind::kEnd: rest = terminal(traces_.end(each->text)); break;
      case Kind::kBack: rest = terminal(kTraceBack); break;
      case Kind::kCall: rest = called(*each); break;
      case Kind::kAsk:
      case Kind::kDo: rest = step(*each, rest); break;
    }
    rest = space_.store().choose(each->condition, rest, terminal(kTraceGoesOn));
  }
  return rest;
}

Ref TraceChains::compose(ChainId chain) {
  // Neighbours are joined when they stand for equally many rules, so that most joins are small.
  struct Part {
    Ref function;
    std::size_t rules;
  };
  std::vector<Part> parts{{terminal(kTraceGoesOn), 0}};
  const auto join_last = [&] {
    const Part last = parts.back();
    parts.pop_back();
    parts.back() = {join(parts.back().function, last.function), parts.back().rules + last.rules};
  };
  for (std::uint32_t i = 0; i < program_.rules(chain); ++i) {
    parts.push_back({rule(program_.rule(chain, i)), 1});
    while (parts.size() > 1 && parts[parts.size() - 2].rules <= parts.back().rules) join_last();
    if (gives_up()) return terminal(kTraceStuck);
  }
  while (parts.size() > 1) join_last();
  return space_.store().map_terminals(parts[0].function,
                                      [&](Ref leaf) { return terminal(traces_.returned(terminal_value(leaf))); });
}

Ref TraceChains::base(ChainId chain) {
  compute(chain);
  const ir::VerdictKind policy = program_.ruleset().chain(chain).base->policy;
  return joined(done_.at(chain), terminal(traces_.end(program_.end_text(policy))));
}

Ref unlike(Ref a, Ref b, Ref among, DiagramStore& store, Traces& traces, Memories& memories) {
  std::set<std::pair<Ref, Ref>> differing;
  std::vector<std::pair<Ref, Ref>> met;
  store.meet(among, a, b, [&](Ref x, Ref y) { met.emplace_back(x, y); });
  for (const auto& [x, y] : met)
    if (!traces.same(terminal_value(x), terminal_value(y), memories)) differing.emplace(x, y);
  if (differing.empty()) return kNo;
  const Ref where = store.combine(a, b, [&](Ref x, Ref y) { return differing.contains({x, y}) ? kYes : kNo; });
  return store.both(among, where);
}

}  // namespace nfproof::analyzer::regions
