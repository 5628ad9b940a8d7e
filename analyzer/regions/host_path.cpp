// SPDX-License-Identifier: Apache-2.0
// Base chains joined from the last to the first, with what the kernel does between them.
#include "analyzer/regions/host_path.h"

#include <algorithm>
#include <map>
#include <variant>

#include "analyzer/regions/cover.h"
#include "compiler/ir/facts.h"

namespace nfproof::analyzer::regions {

using ir::FieldId;
using ir::VerdictKind;

Changes changes_of(const std::vector<const ir::Ruleset*>& rulesets) {
  Changes changes;
  for (const ir::Ruleset* ruleset : rulesets)
    for (const ir::Chain& chain : ruleset->chains)
      for (const ir::Rule& rule : chain.rules) {
        if (rule.effects.empty()) continue;
        changes.written |= fields_written_by(rule);
        changes.translates =
            changes.translates || std::any_of(rule.effects.begin(), rule.effects.end(), [](const ir::Effect& effect) {
              return std::holds_alternative<ir::Nat>(effect);
            });
      }
  return changes;
}

bool may_change(const VariableInfo& info, const WayStep& step, const Changes& changes) {
  const bool translates = changes.translates && step.translated;
  const bool is_field = info.kind == VariableInfo::Kind::kValues || info.kind == VariableInfo::Kind::kBits;
  if (!is_field || changes.written.test(static_cast<std::size_t>(info.field))) return true;
  const bool connection = ir::is_tracking_field(info.field);
  if (connection && step.before_tracking) return true;
  switch (info.field) {
    case FieldId::kOifname: return step.hook == ir::Hook::kPrerouting;
    case FieldId::kIpTtl:
    case FieldId::kIp6HopLimit: return true;
    case FieldId::kIpDaddr:
    case FieldId::kIp6Daddr:
    case FieldId::kThDport:
    case FieldId::kDaddrType:
    case FieldId::kCtStatus: return translates;
    default: return connection && translates;
  }
}

/// The box of the packets that matter, without what may be another value when they come to the chain.
Ref HostPath::within(const WayStep& step) {
  if (detail_.within == kYes) return kYes;
  Space& space = predicates_.space();
  const Changes changes = changes_of({&predicates_.ruleset()});
  Cube kept;
  for (Literal& literal : hull(space.store(), detail_.within))
    if (!may_change(space.info(literal.variable), step, changes)) kept.push_back(std::move(literal));
  return condition_of(space.store(), kept);
}

/// A base chain as packets of the way meet it.
Ref HostPath::step(const WayStep& step, HostWay way) {
  Space& space = predicates_.space();
  DiagramStore& store = space.store();
  Ref chain = chains_.base(step.chain, step.before_tracking, within(step));
  if (step.nat) chain = store.choose(space.is(FieldId::kCtState, 0), chain, leaves_.of({}));
  if (way == HostWay::kForward && step.hook == ir::Hook::kPrerouting) {
    const Variable out = space.variables_of(FieldId::kOifname)[0];
    chain = store.restrict_to(chain, out, space.atom_of(out, InterfaceClasses::kNone));
  }
  if (!step.before_tracking) return chain;
  const Variable state = space.variables_of(FieldId::kCtState)[0];
  chain = store.restrict_to(chain, state, space.atom_of(state, static_cast<ir::u128>(ir::CtState::kInvalid)));
  for (Variable variable = 0; variable < space.variables(); ++variable)
    if (space.info(variable).may_be_absent && ir::of_connection(space.info(variable).field))
      chain = store.restrict_to(chain, variable, kAbsent);
  return chain;
}

/// What follows a base chain, for the packets that it lets pass. `filter_follows`: who let them pass here is forgotten.
Ref HostPath::join(Ref chain, Ref rest, const WayStep& step, HostWay way, bool filter_follows) {
  DiagramStore& store = predicates_.space().store();
  const Ref elsewhere = leaves_.of({.kind = Leaf::Kind::kElsewhere});
  std::vector<Leaf> waiting;
  Ref result = store.map_terminals(chain, [&](Ref ref) {
    Leaf leaf = leaves_[ref];
    if (leaf.kind == Leaf::Kind::kEnds) leaf.hook = step.hook;
    if (leaf.kind != Leaf::Kind::kGoesOn) return leaves_.of(leaf);
    leaf.kind = Leaf::Kind::kPending;
    if (filter_follows && !step.filter) leaf.decider.reset();
    return leaves_.of(leaf);
  });
  for (const Ref ref : store.terminals(result))
    if (leaves_[ref].kind == Leaf::Kind::kPending) waiting.push_back(leaves_[ref]);
  std::map<EffectsId, Ref> followed;
  std::map<Ref, Ref> functions;
  for (const Leaf& from : waiting) {
    const bool redirected =
        way == HostWay::kForward && step.hook == ir::Hook::kPrerouting && effects_.redirects(from.effects);
    auto [found, fresh] = followed.emplace(from.effects, elsewhere);
    if (fresh && !redirected) {
      const Ref tracked = step.before_tracking ? effects_.track(from.effects, rest) : rest;
      found->second = effects_.before(from.effects, tracked, false);
    }
    const Ref after = store.map_terminals(found->second, [&](Ref ref) {
      Leaf leaf = leaves_[ref];
      if (leaf.kind != Leaf::Kind::kEnds) return ref;
      leaf.effects = effects_.append(from.effects, leaf.effects);
      if (leaf.verdict == VerdictKind::kDrop || leaf.verdict == VerdictKind::kReject)
        leaf.effects = effects_.of_dropped(leaf.effects);
      const bool mine = !leaf.decider || (step.filter && !filter_follows);
      if (leaf.verdict == VerdictKind::kAccept && mine) leaf.decider = from.decider;
      return leaves_.of(leaf);
    });
    functions.emplace(leaves_.of(from), after);
  }
  result = store.expand(result, functions);
  const bool translates = step.nat && (step.hook == ir::Hook::kPrerouting || step.hook == ir::Hook::kOutput);
  return detail_.any_connection && translates ? other_destination(result, rest, step) : result;
}

/// Rules of the nat table are asked for the first packet of a connection; all others go where that went. Those may get
/// to the target if a packet with any destination does.
Ref HostPath::other_destination(Ref joined, Ref rest, const WayStep& step) {
  Space& space = predicates_.space();
  DiagramStore& store = space.store();
  const Ref elsewhere = leaves_.of({.kind = Leaf::Kind::kElsewhere});
  Ref target = elsewhere;
  const Ref hits = store.map_terminals(rest, [&](Ref ref) {
    if (leaves_[ref].decider != detail_.target) return kNo;
    target = ref;
    return kYes;
  });
  std::vector<bool> marked(space.variables(), false);
  for (Variable variable = 0; variable < marked.size(); ++variable) {
    const VariableInfo& info = space.info(variable);
    const bool is_field = info.kind == VariableInfo::Kind::kValues || info.kind == VariableInfo::Kind::kBits;
    switch (info.field) {
      case FieldId::kIpDaddr:
      case FieldId::kIp6Daddr:
      case FieldId::kThDport:
      case FieldId::kDaddrType: marked[variable] = true; break;
      case FieldId::kOifname: marked[variable] = step.hook == ir::Hook::kOutput; break;  // another route
      default: break;
    }
    marked[variable] = is_field ? marked[variable] : info.reads_packet;
  }
  const Ref other = store.choose(store.exists(hits, marked), target, elsewhere);
  const Ref first = store.both(space.is(FieldId::kCtState, static_cast<ir::u128>(ir::CtState::kNew)),
                               store.test(space.pick("first packet of its connection", 2), {{1, 1}}));
  return store.choose(first, joined, store.choose(space.presence(ir::Presence::kConntrack), other, rest));
}

/// What the host sent itself has its connection already when it comes in before tracking.
Ref HostPath::with_sent_here(Ref joined, Ref rest, WayStep step, HostWay way, bool filter_follows) {
  if (!detail_.any_connection || !step.before_tracking || step.hook != ir::Hook::kPrerouting) return joined;
  step.before_tracking = false;
  Space& space = predicates_.space();
  const Ref tracked = join(this->step(step, way), rest, step, way, filter_follows);
  return space.store().choose(sent_here(space), tracked, joined);
}

/// The routing decision between PREROUTING and what follows.
Ref HostPath::route(Ref rest, HostWay way) {
  Space& space = predicates_.space();
  DiagramStore& store = space.store();
  const Ref elsewhere = leaves_.of({.kind = Leaf::Kind::kElsewhere});
  const bool known = space.host() != nullptr || !space.variables_of(FieldId::kDaddrType).empty();
  if (way == HostWay::kInput) return store.choose(delivered(space), rest, elsewhere);
  for (const FieldId field : {FieldId::kIpTtl, FieldId::kIp6HopLimit}) {
    if (space.variables_of(field).empty()) continue;
    rest = effects_.before(effects_.one(ir::AddToHopLimit{-1}, ir::Hook::kForward, "forwarding"), rest, false);
    rest = store.choose(space.in(field, ir::ValueSet::of_range(2, 255)), rest, elsewhere);
  }
  if (known) rest = store.choose(delivered(space), elsewhere, rest);
  return store.choose(routed(space, way), rest, elsewhere);
}

Ref HostPath::way(HostWay way) {
  const auto steps = way_steps(predicates_.ruleset(), predicates_.space().family(), way);
  Ref rest = leaves_.of({.kind = Leaf::Kind::kEnds, .hook = way_hook(way)});
  bool filter_follows = false;
  bool routed_yet = way == HostWay::kOutput;
  for (std::size_t i = steps.size(); i-- > 0;) {
    if (!routed_yet && steps[i].hook == ir::Hook::kPrerouting) {
      rest = route(rest, way);
      routed_yet = true;
    }
    rest = with_sent_here(join(step(steps[i], way), rest, steps[i], way, filter_follows), rest, steps[i], way,
                          filter_follows);
    filter_follows = filter_follows || steps[i].filter;
  }
  if (!routed_yet) rest = route(rest, way);
  Space& space = predicates_.space();
  const Ref there = space.store().both(world(space, way), detail_.within);
  return space.store().choose(there, rest, leaves_.of({.kind = Leaf::Kind::kElsewhere}));
}

}  // namespace nfproof::analyzer::regions
