// SPDX-License-Identifier: Apache-2.0
// Pairs of places, from the first to the last: every step leads to a later place on at least one side, so each pair of
// places is looked at once, with all packets that come to it.
#include "analyzer/regions/lock_step.h"

#include <algorithm>
#include <utility>

#include "analyzer/regions/host_path.h"
#include "analyzer/regions/world.h"

namespace nfproof::analyzer::regions {

using Kind = Instruction::Kind;

namespace {

constexpr std::size_t kMostStates = 1'000'000;
/// Of the budget: traces of some chains are far more than their rules.
constexpr double kShareOfTraces = 0.4;
/// Events of one state whose packets are computed exactly; of others, those that fulfil both conditions are taken.
constexpr std::size_t kMostExact = 12;
constexpr std::size_t kMostFrames = 200;

const char* const kBack = "back to the caller";

}  // namespace

bool LockStep::Position::operator<(const Position& b) const {
  if (end || b.end) return end && b.end ? *end < *b.end : !end.has_value();
  for (std::size_t i = 0; i < std::min(frames.size(), b.frames.size()); ++i) {
    const auto key = [](const Frame& frame) { return std::pair{frame.place, frame.chain}; };
    if (key(frames[i]) != key(b.frames[i])) return key(frames[i]) < key(b.frames[i]);
  }
  return frames.size() > b.frames.size();  // what is called comes before what follows the call
}

LockStep::LockStep(Space& space, Predicates& before, Predicates& after)
    : space_(space),
      sides_{Program(before, texts_), Program(after, texts_)},
      world_(everywhere(space)),
      functions_{TraceChains(sides_[0], space, traces_, 0), TraceChains(sides_[1], space, traces_, 1)},
      changes_(changes_of({&before.ruleset(), &after.ruleset()})) {}

// --- Places ---

const Instruction* LockStep::instruction(std::size_t side, const Position& position) {
  if (position.end) return nullptr;
  return &sides_[side].at(position.frames.back().chain, position.frames.back().place);
}

/// `next_rule`: whatever its rule would do yet.
LockStep::Position LockStep::behind(std::size_t side, Position position, bool next_rule) {
  Frame& frame = position.frames.back();
  if (next_rule || sides_[side].is_last(frame.chain, frame.place))
    frame.place = {frame.place.rule + 1, 0};
  else
    ++frame.place.step;
  return position;
}

LockStep::Position LockStep::behind_call(std::size_t side, Position position) {
  Frame& frame = position.frames.back();
  const bool leaves = sides_[side].at(frame.chain, frame.place).leaves;
  frame.place = {leaves ? sides_[side].rules(frame.chain) : frame.place.rule + 1, 0};
  return position;
}

LockStep::Position LockStep::inside(std::size_t side, Position position) {
  const ir::ChainId callee = instruction(side, position)->callee;
  position = behind_call(side, std::move(position));
  position.frames.push_back({callee, {}});
  return position;
}

Ref LockStep::first(std::size_t side, const Position& position, Ref within, std::optional<std::uint32_t> policy) {
  if (position.end) return terminal(kEndLeaf + *position.end);
  DiagramStore& store = space_.store();
  Ref all = terminal(kEndLeaf + policy.value_or(texts_.number(kBack)));
  for (std::uint32_t depth = 0; depth < position.frames.size(); ++depth) {
    const Frame& frame = position.frames[depth];
    Ref own = sides_[side].first(frame.chain, frame.place, within);
    if (depth > 0)
      own = store.map_terminals(own, [&](Ref ref) {
        const std::uint32_t value = terminal_value(ref);
        return value < kFirstPlaceLeaf || value >= kEndLeaf ? ref : terminal(value + depth * kMostRules);
      });
    all = store.replace(own, terminal(kBackLeaf), all);
  }
  return all;
}

LockStep::Position LockStep::position_of(const Position& from, Ref leaf) {
  const std::uint32_t value = terminal_value(leaf);
  if (value >= kEndLeaf) return {{}, value - kEndLeaf};
  const std::uint32_t depth = (value - kFirstPlaceLeaf) / kMostRules;
  const std::uint32_t rule = (value - kFirstPlaceLeaf) % kMostRules;
  Position position;
  position.frames.assign(from.frames.begin(), from.frames.begin() + depth + 1);
  if (rule != kSamePlace) position.frames.back().place = {rule, 0};
  return position;
}

// --- Packets ---

/// What is still known of packets whose fields were written: equal answers are not known to stay equal.
Ref LockStep::forget(Ref packets, const FieldSet& written) {
  std::vector<bool> marked(space_.variables());
  for (Variable variable = 0; variable < marked.size(); ++variable) {
    const VariableInfo& info = space_.info(variable);
    const bool field = info.kind == VariableInfo::Kind::kValues || info.kind == VariableInfo::Kind::kBits;
    marked[variable] = !field || written.test(static_cast<std::size_t>(info.field));
  }
  return space_.store().exists(packets, marked);
}

/// As they were when they came to the host.
Ref LockStep::as_it_came(Ref packets, const WayStep& step) {
  std::vector<bool> marked(space_.variables());
  for (Variable variable = 0; variable < marked.size(); ++variable)
    marked[variable] = may_change(space_.info(variable), step, changes_);
  return space_.store().exists(packets, marked);
}

void LockStep::leave_open(Job& job, Ref packets, const FieldSet& written) {
  job.open = space_.store().either(job.open, forget(packets, written));
}

void LockStep::add(Job& job, Position a, Position b, const Event& event, const FieldSet& writes) {
  DiagramStore& store = space_.store();
  const Ref packets = store.both(forget(event.packets, writes), world_);
  if (packets == kNo) return;
  Pending& pending = job.states[{std::move(a), std::move(b)}];
  pending.packets = store.either(pending.packets, packets);
  pending.written |= event.written | writes;
}

// --- Steps ---

std::vector<LockStep::Event> LockStep::events(const Job& job, const States::value_type& state) {
  DiagramStore& store = space_.store();
  const auto policy = [&](std::size_t side) -> std::optional<std::uint32_t> {
    if (!job.policies) return std::nullopt;
    return side == 0 ? job.policies->first : job.policies->second;
  };
  const Ref within = state.second.packets;
  const Ref a = first(0, state.first.first, within, policy(0));
  const Ref b = first(1, state.first.second, within, policy(1));
  std::set<std::pair<Ref, Ref>> met;
  store.meet(within, a, b, [&](Ref x, Ref y) {
    const bool same_end = x == y && terminal_value(x) >= kEndLeaf;
    if (!same_end) met.emplace(x, y);
  });
  std::vector<Event> all;
  for (const auto& [x, y] : met) {
    Event event{position_of(state.first.first, x), position_of(state.first.second, y), within, state.second.written};
    const Instruction* left = instruction(0, event.a);
    const Instruction* right = instruction(1, event.b);
    const auto only = [&, x = x, y = y](Ref function, Ref leaf) {
      return store.map_terminals(function, [leaf](Ref ref) { return ref == leaf ? kYes : kNo; });
    };
    if (met.size() <= kMostExact || left == nullptr || right == nullptr)
      event.packets = store.both(event.packets, store.both(only(a, x), only(b, y)));
    if (left != nullptr) event.packets = store.both(event.packets, left->condition);
    if (right != nullptr) event.packets = store.both(event.packets, right->condition);
    all.push_back(std::move(event));
  }
  return all;
}

/// Both call: one step when the chains are a pair, for the packets for which they are.
void LockStep::call(Job& job, const Event& event, const Instruction& a, const Instruction& b) {
  DiagramStore& store = space_.store();
  const Pair pair{a.callee, b.callee};
  const auto known = done_.find({pair, false});
  const Ref differing = known == done_.end() ? event.packets : store.both(event.packets, known->second);
  Event same = event;
  same.packets = store.without(event.packets, differing);
  add(job, behind_call(0, event.a), behind_call(1, event.b), same,
      sides_[0].written(a.callee) | sides_[1].written(b.callee));
  if (differing == kNo) return;
  Event rest = event;
  rest.packets = differing;
  if (known == done_.end() || event.a.frames.size() >= kMostFrames || event.b.frames.size() >= kMostFrames)
    return leave_open(job, rest.packets, rest.written);
  add(job, inside(0, event.a), inside(1, event.b), rest, {});
}

void LockStep::step(Job& job, const Event& event) {
  const Instruction* a = instruction(0, event.a);
  const Instruction* b = instruction(1, event.b);
  const auto calls = [](const Instruction* each) { return each != nullptr && each->kind == Kind::kCall; };
  if (calls(a) && calls(b)) return call(job, event, *a, *b);
  if (calls(a) && event.a.frames.size() < kMostFrames) return add(job, inside(0, event.a), event.b, event, {});
  if (calls(b) && event.b.frames.size() < kMostFrames) return add(job, event.a, inside(1, event.b), event, {});
  const bool alike = a != nullptr && b != nullptr && a->kind == b->kind && a->text == b->text &&
                     memories_.same(a->memory, b->memory) && (a->kind == Kind::kAsk || a->kind == Kind::kDo);
  if (!alike) return leave_open(job, event.packets, event.written);
  if (a->kind == Kind::kDo)
    return add(job, behind(0, event.a, false), behind(1, event.b, false), event, a->writes | b->writes);
  for (const bool answer : {false, true})
    add(job, behind(0, event.a, answer == a->inverted), behind(1, event.b, answer == b->inverted), event, {});
}

/// False: pairs of chains are missing that have to be compared first.
bool LockStep::run(Job& job, std::vector<Pair>& missing) {
  while (!job.states.empty()) {
    space_.store().check_time();
    if (++states_ > kMostStates || space_.store().exhausted()) {
      job.open = kYes;
      return true;
    }
    const auto now = job.states.begin();
    const std::vector<Event> all = events(job, *now);
    for (const Event& event : all) {
      const Instruction* a = instruction(0, event.a);
      const Instruction* b = instruction(1, event.b);
      if (a == nullptr || b == nullptr || a->kind != Kind::kCall || b->kind != Kind::kCall) continue;
      const std::pair key{Pair{a->callee, b->callee}, false};
      if (!done_.contains(key) && !running_.contains(key)) missing.push_back(key.first);
    }
    if (!missing.empty()) return false;
    job.states.erase(now);
    for (const Event& event : all) step(job, event);
  }
  return true;
}

/// That may come to a base chain.
Ref LockStep::packets_of(const WayStep& step) {
  Ref packets = world_;
  if (step.nat) packets = space_.store().both(packets, space_.is(ir::FieldId::kCtState, 0));
  if (step.before_tracking)
    packets =
        space_.store().both(packets, space_.is(ir::FieldId::kCtState, static_cast<ir::u128>(ir::CtState::kInvalid)));
  return packets;
}

Ref LockStep::compare(Pair pair, Ref packets) {
  std::vector<Job> open;
  const auto begin = [&](Pair chains, Ref which, bool base) {
    Job job;
    job.pair = chains;
    if (base) {
      const auto policy = [&](std::size_t side, ir::ChainId chain) {
        return sides_[side].end_text(sides_[side].ruleset().chain(chain).base->policy);
      };
      job.policies = {policy(0, chains.first), policy(1, chains.second)};
    }
    job.states[{Position{{{chains.first, {}}}}, Position{{{chains.second, {}}}}}].packets = which;
    running_.insert({chains, base});
    open.push_back(std::move(job));
  };
  begin(pair, packets, true);
  while (!open.empty()) {
    std::vector<Pair> missing;
    if (run(open.back(), missing)) {
      const std::pair finished{open.back().pair, open.back().policies.has_value()};
      done_[finished] = open.back().open;
      running_.erase(finished);
      open.pop_back();
      continue;
    }
    for (const Pair& each : missing)
      if (!running_.contains({each, false})) begin(each, world_, false);
  }
  return done_.at({pair, true});
}

bool LockStep::asks(Ref packets) {
  if (packets == kNo) return false;
  WayStep anywhere;  // where least is known
  anywhere.hook = ir::Hook::kPrerouting;
  anywhere.before_tracking = true;
  std::vector<bool> forgotten(space_.variables());
  for (Variable variable = 0; variable < forgotten.size(); ++variable)
    forgotten[variable] = may_change(space_.info(variable), anywhere, changes_);
  const Ref among = space_.store().exists(packets, forgotten);
  return sides_[0].asked_by(among, forgotten) || sides_[1].asked_by(among, forgotten);
}

/// Packets for which two base chains are not shown to be alike: neither by what the chains do as a whole, nor side by
/// side.
Ref LockStep::differing(Pair pair, const WayStep& step) {
  const auto [known, fresh] = bases_.emplace(pair, kYes);
  if (!fresh) return known->second;
  const Ref all = packets_of(step);
  space_.store().limit_part(kShareOfTraces);
  const Ref a = functions_[0].base(pair.first);
  const Ref b = functions_[1].base(pair.second);
  const Ref left = unlike(a, b, all, space_.store(), traces_, memories_);
  return bases_[pair] = left == kNo ? kNo : compare(pair, left);
}

Ref LockStep::open(HostWay way) {
  std::array<std::vector<WayStep>, 2> steps;
  for (const std::size_t side : {std::size_t{0}, std::size_t{1}})
    for (const WayStep& step : way_steps(sides_[side].ruleset(), space_.family(), way)) {
      const ir::BaseChain& base = *sides_[side].ruleset().chain(step.chain).base;
      const bool idle = sides_[side].does_nothing(step.chain) || sides_[side].only_comes_back(step.chain);
      if (base.policy != ir::VerdictKind::kAccept || !idle) steps[side].push_back(step);
    }
  const auto alike = [](const WayStep& a, const WayStep& b) {
    return a.hook == b.hook && a.before_tracking == b.before_tracking && a.nat == b.nat;
  };
  if (!std::equal(steps[0].begin(), steps[0].end(), steps[1].begin(), steps[1].end(), alike)) return kYes;
  Ref all = kNo;
  for (std::size_t i = 0; i < steps[0].size(); ++i) {
    const Ref left = differing({steps[0][i].chain, steps[1][i].chain}, steps[0][i]);
    all = space_.store().either(all, as_it_came(left, steps[0][i]));
  }
  return all;
}

}  // namespace nfproof::analyzer::regions
