// SPDX-License-Identifier: Apache-2.0
// Rules as instructions, and which of them comes first.
#include "analyzer/regions/program.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "analyzer/graph/call_graph.h"
#include "analyzer/regions/chains.h"
#include "analyzer/regions/copied_marks.h"
#include "analyzer/regions/state_texts.h"
#include "compiler/ir/dump.h"

namespace nfproof::analyzer::regions {

using ir::ChainId;
using ir::RuleRef;
using ir::VerdictKind;

namespace {

std::size_t index(ChainId chain) { return static_cast<std::size_t>(chain); }

bool calls(const ir::Rule& rule) {
  return rule.verdict.kind == VerdictKind::kJump || rule.verdict.kind == VerdictKind::kGoto;
}

FieldSet writes_of(const ir::Effect& effect) {
  if (only_changes_a_set(effect)) return {};
  ir::Rule rule;
  rule.effects.push_back(effect);
  return fields_written_by(rule);
}

/// Doing it again changes nothing.
bool settles(const ir::Effect& effect) {
  const auto* set = std::get_if<ir::SetField>(&effect);
  return std::holds_alternative<ir::Notrack>(effect) ||
         (set != nullptr && set->shift == 0 && (set->value & ~set->mask) == 0);
}

/// Is it not known to change nothing but the fields that it writes?
bool shakes(const ir::Effect& effect) {
  return !std::holds_alternative<ir::Log>(effect) && !std::holds_alternative<ir::Nflog>(effect) &&
         !std::holds_alternative<ir::Notrack>(effect) && !std::holds_alternative<ir::SetField>(effect) &&
         !std::holds_alternative<ir::CopyMark>(effect);
}

/// A rule that copies a mark and does more is two: it does the rest for all packets.
std::vector<std::optional<bool>> parts_of(const ir::Rule& rule) {
  const auto copies = [](const ir::Effect& effect) { return std::holds_alternative<ir::CopyMark>(effect); };
  const auto untracks = [](const ir::Effect& effect) { return std::holds_alternative<ir::Notrack>(effect); };
  const auto first = std::find_if(rule.effects.begin(), rule.effects.end(), copies);
  const bool ends = rule.verdict.kind != VerdictKind::kContinue;
  if (first == rule.effects.end() || (!ends && std::next(first) == rule.effects.end()) ||
      std::any_of(rule.effects.begin(), rule.effects.end(), untracks))
    return {std::nullopt};
  return {true, false};
}

}  // namespace

Program::Program(Predicates& predicates, Texts& texts)
    : predicates_(predicates),
      texts_(texts),
      bodies_(predicates.ruleset().chains.size()),
      written_(predicates.ruleset().chains.size()),
      idle_(predicates.ruleset().chains.size(), false),
      reached_(predicates.ruleset().chains.size(), false) {
  for (const VerdictKind kind : {VerdictKind::kAccept, VerdictKind::kDrop})
    ends_[kind] = texts_.number(std::string(ir::verdict_name(kind)));
  find_idle();
}

std::uint32_t Program::end_text(VerdictKind kind) const { return ends_.at(kind); }

/// Callees first. Chains on a loop are never idle, and may write everything.
void Program::find_idle() {
  const CallGraph graph(ruleset());
  for (std::size_t i = 0; i < reached_.size(); ++i)
    reached_[i] = graph.is_connected(ChainId{static_cast<std::uint32_t>(i)});
  for (std::size_t i = 0; i < written_.size(); ++i)
    if (!graph.is_ordered(ChainId{static_cast<std::uint32_t>(i)})) written_[i].set();
  const auto& order = graph.order();
  for (auto chain = order.rbegin(); chain != order.rend(); ++chain) {
    bool idle = true;
    for (const ir::Rule& rule : ruleset().chain(*chain).rules) {
      for (const ir::Effect& effect : rule.effects) written_[index(*chain)] |= writes_of(effect);
      if (calls(rule)) written_[index(*chain)] |= written_[index(rule.verdict.chain)];
      const bool asks = std::any_of(rule.when.begin(), rule.when.end(), [&](const ir::Condition& condition) {
        return predicates_.keeps_state(condition.predicate);
      });
      const bool quiet = calls(rule)
                             ? idle_[index(rule.verdict.chain)]
                             : rule.verdict.kind == VerdictKind::kContinue || rule.verdict.kind == VerdictKind::kReturn;
      idle = idle && quiet && !asks && rule.effects.empty();
    }
    idle_[index(*chain)] = idle;
  }
}

/// Tests of the packet become the condition, those with a memory instructions. False: no packet gets through.
bool Program::add_tests(RuleRef ref, std::vector<Instruction>& made, Ref& condition) {
  DiagramStore& store = predicates_.space().store();
  const ir::Rule& rule = *ruleset().rule(ref);
  for (std::size_t i = 0; i < rule.when.size(); ++i) {
    const ir::PredicateId test = rule.when[i].predicate;
    if (!predicates_.keeps_state(test)) {
      condition = store.both(condition, predicates_.all_of({test}));
      if (condition == kNo) return false;
      continue;
    }
    for (StateStep& step : steps_of_test(ruleset(), test, ref, i)) {
      Instruction next;
      next.kind = step.asks ? Instruction::Kind::kAsk : Instruction::Kind::kDo;
      next.inverted = step.inverted;
      next.condition = std::exchange(condition, kYes);
      next.text = texts_.number(step.text);
      next.memory = std::move(step.memory);
      next.shakes = !is_own_memory(next.memory);
      made.push_back(std::move(next));
    }
  }
  return true;
}

void Program::add_verdict(const ir::Rule& rule, std::vector<Instruction>& made, Ref condition) {
  Instruction last;
  last.condition = condition;
  switch (rule.verdict.kind) {
    case VerdictKind::kContinue: return;
    case VerdictKind::kReturn: last.kind = Instruction::Kind::kBack; break;
    case VerdictKind::kAccept:
    case VerdictKind::kDrop:
    case VerdictKind::kReject:
    case VerdictKind::kQueue:
      last.kind = Instruction::Kind::kEnd;
      last.text = texts_.number(std::string(ir::verdict_name(rule.verdict.kind)) + verdict_detail(rule.verdict));
      break;
    case VerdictKind::kJump:
    case VerdictKind::kGoto:
      last.kind = Instruction::Kind::kCall;
      last.leaves = rule.verdict.kind == VerdictKind::kGoto;
      last.callee = rule.verdict.chain;
      if (!does_nothing(last.callee)) break;
      if (!last.leaves) return;
      last.kind = Instruction::Kind::kBack;
      break;
  }
  made.push_back(std::move(last));
}

/// `tracked`: only for packets of a connection, or only for the others, for whom there is no mark to copy.
std::vector<Instruction> Program::instructions(RuleRef ref, std::optional<bool> tracked) {
  std::vector<Instruction> made;
  const ir::Rule& rule = *ruleset().rule(ref);
  Ref condition = kYes;
  if (tracked) {
    const Ref there = predicates_.space().presence(ir::Presence::kConntrack);
    condition = *tracked ? there : predicates_.space().store().negate(there);
  }
  if (!add_tests(ref, made, condition)) return made;
  for (const ir::Effect& effect : rule.effects) {
    if (tracked == false && std::holds_alternative<ir::CopyMark>(effect)) continue;
    StateStep step = step_of_effect(ruleset(), effect, ref.chain);
    Instruction next;
    next.kind = Instruction::Kind::kDo;
    next.condition = std::exchange(condition, kYes);
    next.text = texts_.number(step.text);
    next.memory = std::move(step.memory);
    next.writes = writes_of(effect);
    next.settles = settles(effect);
    next.shakes = shakes(effect);
    made.push_back(std::move(next));
  }
  // Without a connection there is no mark to copy.
  const bool last = rule.verdict.kind == VerdictKind::kContinue && !rule.effects.empty();
  if (last && !tracked && std::holds_alternative<ir::CopyMark>(rule.effects.back())) only_tracked(made.back());
  add_verdict(rule, made, condition);
  return made;
}

void Program::only_tracked(Instruction& instruction) {
  Space& space = predicates_.space();
  instruction.condition = space.store().both(instruction.condition, space.presence(ir::Presence::kConntrack));
}

Ref Program::function_of(const Instruction& instruction, std::uint32_t rule) {
  const Ref goes_on = terminal(kGoesOnLeaf);
  Ref leaf = terminal(kFirstPlaceLeaf + rule);
  if (instruction.kind == Instruction::Kind::kEnd) leaf = terminal(kEndLeaf + instruction.text);
  if (instruction.kind == Instruction::Kind::kBack) leaf = terminal(kBackLeaf);
  return predicates_.space().store().choose(instruction.condition, leaf, goes_on);
}

Program::Body& Program::body(ChainId chain) {
  Body& body = bodies_[index(chain)];
  if (std::exchange(body.made, true)) return body;
  if (const auto copy = copies_mark(ruleset(), chain)) {
    Instruction only;
    only.kind = Instruction::Kind::kDo;
    only.text = texts_.number(ir::dump_effect(*copy));
    only.writes = writes_of(*copy);
    only.shakes = shakes(*copy);
    only_tracked(only);
    body.rules.push_back({std::move(only)});
  } else {
    for (std::uint32_t i = 0; i < ruleset().chain(chain).rules.size(); ++i)
      for (const std::optional<bool> tracked : parts_of(ruleset().chain(chain).rules[i]))
        if (auto made = instructions({chain, i}, tracked); !made.empty()) body.rules.push_back(std::move(made));
  }
  if (body.rules.size() >= kSamePlace) predicates_.space().note_problem("a chain has too many rules");
  return body;
}

const Program::Body& Program::body_with_tree(ChainId chain) {
  Body& body = this->body(chain);
  if (!body.tree.empty()) return body;
  DiagramStore& store = predicates_.space().store();
  body.leaves = std::bit_ceil(std::max<std::uint32_t>(1, static_cast<std::uint32_t>(body.rules.size())));
  body.tree.assign(std::size_t{2} * body.leaves, terminal(kGoesOnLeaf));
  for (std::uint32_t i = 0; i < body.rules.size(); ++i)
    body.tree[body.leaves + i] = function_of(body.rules[i].front(), i);
  for (std::uint32_t node = body.leaves - 1; node > 0; --node)
    body.tree[node] =
        store.replace(body.tree[2 * std::size_t{node}], terminal(kGoesOnLeaf), body.tree[2 * std::size_t{node} + 1]);
  return body;
}

bool Program::only_comes_back(ChainId chain) {
  const Body& body = this->body(chain);
  return std::all_of(body.rules.begin(), body.rules.end(), [](const std::vector<Instruction>& rule) {
    return rule.size() == 1 && rule.front().kind == Instruction::Kind::kBack;
  });
}

const Instruction& Program::at(ChainId chain, Place place) { return body(chain).rules[place.rule][place.step]; }
bool Program::is_last(ChainId chain, Place place) { return place.step + 1 >= body(chain).rules[place.rule].size(); }
std::uint32_t Program::rules(ChainId chain) { return static_cast<std::uint32_t>(body(chain).rules.size()); }
const std::vector<Instruction>& Program::rule(ChainId chain, std::uint32_t rule) { return body(chain).rules[rule]; }

bool Program::asked_by(Ref among, const std::vector<bool>& forgotten) {
  DiagramStore& store = predicates_.space().store();
  for (const ir::Table& table : ruleset().tables) {
    if (table.family != predicates_.space().family() && table.family != ir::Family::kInet) continue;
    for (const ChainId chain : table.chains) {
      if (!reached_[index(chain)]) continue;
      for (const std::vector<Instruction>& rule : body(chain).rules) {
        Ref condition = kYes;
        for (const Instruction& each : rule) {
          condition = store.both(condition, each.condition);
          if (each.memory.empty()) continue;
          std::vector<bool> all = forgotten;
          all.resize(predicates_.space().variables(), true);
          if (store.both(store.exists(condition, all), among) != kNo) return true;
        }
      }
    }
  }
  return false;
}

Ref Program::first(ChainId chain, Place place, Ref within) {
  DiagramStore& store = predicates_.space().store();
  const Body& body = body_with_tree(chain);
  const Ref outside = terminal(kOutsideLeaf);
  const std::uint32_t from = place.step == 0 ? place.rule : place.rule + 1;
  // The nodes that make up the rules from there on, from the last.
  Ref all = store.choose(within, terminal(kBackLeaf), outside);
  std::vector<std::uint32_t> nodes;
  std::uint32_t low = from + body.leaves;
  if (from < body.leaves) {
    for (; low > 1; low /= 2) {
      if (nodes.empty()) nodes.push_back(low);
      if (low % 2 == 0) nodes.push_back(low + 1);
    }
    if (nodes.empty()) nodes.push_back(1);
  }
  for (auto node = nodes.rbegin(); node != nodes.rend(); ++node)
    all = store.replace(store.choose(within, body.tree[*node], outside), terminal(kGoesOnLeaf), all);
  if (place.step == 0) return all;
  const Instruction& now = body.rules[place.rule][place.step];
  Ref leaf = terminal(kFirstPlaceLeaf + kSamePlace);
  if (now.kind == Instruction::Kind::kEnd) leaf = terminal(kEndLeaf + now.text);
  if (now.kind == Instruction::Kind::kBack) leaf = terminal(kBackLeaf);
  return store.choose(store.both(within, now.condition), leaf, all);
}

}  // namespace nfproof::analyzer::regions
