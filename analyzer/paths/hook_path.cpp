// SPDX-License-Identifier: Apache-2.0
// Formulas for getting through all tables of a way, and packets that do not.
#include "analyzer/paths/hook_path.h"

#include <algorithm>
#include <array>
#include <span>

namespace nfproof::analyzer {
namespace {

using ir::ChainId;
using ir::FieldId;
using ir::Hook;
using ir::ValueSet;
using ir::VerdictKind;

constexpr std::uint8_t kFin = 1;
constexpr std::uint8_t kSyn = 2;
constexpr std::uint8_t kRst = 4;
constexpr std::uint8_t kAck = 16;

std::span<const Hook> hooks(Way way) {
  static constexpr std::array kIn = {Hook::kPrerouting, Hook::kInput};
  static constexpr std::array kOut = {Hook::kOutput, Hook::kPostrouting};
  static constexpr std::array kThrough = {Hook::kForward};
  switch (way) {
    case Way::kIn: return kIn;
    case Way::kOut: return kOut;
    case Way::kThrough: return kThrough;
  }
  return {};
}

/// Begins a connection: of its own, or one that a helper expects.
bool opens(Moment moment) {
  return moment == Moment::kNewConnection || moment == Moment::kTranslated || moment == Moment::kRelated;
}

bool redirects(const ir::Rule& rule) {
  return std::any_of(rule.effects.begin(), rule.effects.end(), [](const ir::Effect& effect) {
    const auto* nat = std::get_if<ir::Nat>(&effect);
    return (nat != nullptr && (nat->kind == ir::Nat::Kind::kDnat || nat->kind == ir::Nat::Kind::kRedirect ||
                               nat->kind == ir::Nat::Kind::kNetmap)) ||
           std::holds_alternative<ir::OpaqueEffect>(effect);
  });
}

bool untracks(const ir::Rule& rule) {
  return std::any_of(rule.effects.begin(), rule.effects.end(),
                     [](const ir::Effect& effect) { return std::holds_alternative<ir::Notrack>(effect); });
}

}  // namespace

HookPaths::HookPaths(const Structure& structure, ir::Family family, std::chrono::milliseconds timeout)
    : structure_(structure), context_(structure, family, WriteModel::kAnyTable, timeout) {}

std::vector<ChainId> HookPaths::chains(Way way) const {
  std::vector<ChainId> found;
  for (const Hook hook : hooks(way))
    for (const ChainId chain : structure_.ruleset.base_chains(context_.family, hook))
      if (!structure_.ruleset.translates(chain)) found.push_back(chain);
  return found;
}

std::optional<ChainId> HookPaths::filter_chain(Way way) const {
  const Hook hook = way == Way::kIn ? Hook::kInput : way == Way::kOut ? Hook::kOutput : Hook::kForward;
  for (const ChainId chain : structure_.ruleset.base_chains(context_.family, hook))
    if (structure_.ruleset.filters(chain)) return chain;
  return std::nullopt;
}

FormulaId HookPaths::formula_of(const Access& access) {
  FormulaPool& pool = context_.encoder.pool();
  std::vector<FormulaId> made;
  for (std::size_t i = 0; i < access.pool.size(); ++i) {
    const ir::Predicate& predicate = access.pool[ir::PredicateId{static_cast<std::uint32_t>(i)}];
    FormulaId formula = kTrue;
    if (const auto* field = std::get_if<ir::FieldTest>(&predicate)) formula = context_.encoder.test(*field);
    if (const auto* any = std::get_if<ir::AnyOf>(&predicate)) {
      std::vector<FormulaId> parts;
      for (const ir::PredicateId part : any->any) parts.push_back(made[static_cast<std::size_t>(part)]);
      formula = any->negated ? pool.negate(pool.any(parts)) : pool.any(parts);
    }
    made.push_back(formula);
  }
  std::vector<FormulaId> all;
  for (const ir::PredicateId id : access.when) all.push_back(made[static_cast<std::size_t>(id)]);
  return pool.all(all);
}

Box HookPaths::box_of(const Access& access) const {
  Box box;
  for (const ir::PredicateId id : access.when) narrow_by(box, access.pool[id], structure_.interfaces);
  return box;
}

FormulaId HookPaths::test(FieldId field, ValueSet values, bool negated) {
  return context_.encoder.test({field, 0, negated, std::move(values)});
}

FormulaId HookPaths::from_outside(Way way) {
  FormulaPool& pool = context_.encoder.pool();
  const auto outside = [&](FieldId field) {
    return pool.in_set(context_.encoder.field(field), ValueSet::of_range(2, structure_.interfaces.size() - 1));
  };
  const FormulaId link = pool.both(way == Way::kOut ? kTrue : outside(FieldId::kIifname),
                                   way == Way::kIn ? kTrue : outside(FieldId::kOifname));
  const bool v4 = context_.family == ir::Family::kIpv4;
  const ValueSet own =
      v4 ? ValueSet::of_network(ir::u128{127} << 24, ir::prefix_mask(8, 32), 32) : ValueSet::of_range(0, 1);
  const FormulaId source = test(v4 ? FieldId::kIpSaddr : FieldId::kIp6Saddr, own, true);
  const FormulaId destination = test(v4 ? FieldId::kIpDaddr : FieldId::kIp6Daddr, own, true);
  return pool.all(std::array{link, source, destination});
}

/// Loopback packets usually have loopback addresses on both ends.
FormulaId HookPaths::over_loopback(Way way) {
  const FieldId link = way == Way::kIn ? FieldId::kIifname : FieldId::kOifname;
  const bool v4 = context_.family == ir::Family::kIpv4;
  const ValueSet own = v4 ? ValueSet::of_value((ir::u128{127} << 24) | 1U) : ValueSet::of_value(1);
  return context_.encoder.pool().all(std::array{
      context_.encoder.pool().in_set(context_.encoder.field(link), ValueSet::of_value(InterfaceClasses::kLoopback)),
      test(v4 ? FieldId::kIpSaddr : FieldId::kIp6Saddr, own), test(v4 ? FieldId::kIpDaddr : FieldId::kIp6Daddr, own)});
}

FormulaId HookPaths::transport_flags(Moment moment) {
  FormulaPool& pool = context_.encoder.pool();
  const FormulaId not_tcp = pool.negate(test(FieldId::kL4Proto, ValueSet::of_value(ir::kProtoTcp)));
  const ValueSet flags = opens(moment)                    ? ValueSet::of_masks({{kSyn, kFin | kSyn | kRst | kAck}})
                         : moment == Moment::kEstablished ? ValueSet::of_masks({{kAck, kFin | kSyn | kRst | kAck}})
                                                          : ValueSet::of_masks({{kAck, kFin | kRst | kAck}});
  return pool.either(not_tcp, test(FieldId::kTcpFlags, flags));
}

FormulaId HookPaths::untracked(Way way, const Box& box) {
  std::vector<FormulaId> ways;
  for (const ChainId chain : chains(way))
    if (structure_.ruleset.before_tracking(chain))
      ways.push_back(
          context_.walk.reach_any(chain, box, [](ir::RuleRef, const ir::Rule& rule) { return untracks(rule); }));
  return context_.encoder.pool().any(ways);
}

FormulaId HookPaths::redirected(Way way, const Box& box) {
  std::vector<FormulaId> ways;
  for (const Hook hook : hooks(way)) {
    if (hook != Hook::kPrerouting && hook != Hook::kOutput) continue;
    for (const ChainId chain : structure_.ruleset.base_chains(context_.family, hook))
      if (structure_.ruleset.translates(chain))
        ways.push_back(
            context_.walk.reach_any(chain, box, [](ir::RuleRef, const ir::Rule& rule) { return redirects(rule); }));
  }
  return context_.encoder.pool().any(ways);
}

/// State, direction and status that such packets have where they are tracked.
FormulaId HookPaths::tracked(Moment moment) {
  FormulaPool& pool = context_.encoder.pool();
  const auto state_is = [&](ir::CtState state) {
    return test(FieldId::kCtState, ValueSet::of_value(static_cast<std::uint64_t>(state)));
  };
  const auto direction_is = [&](std::uint64_t direction) {
    return test(FieldId::kCtDirection, ValueSet::of_value(direction));
  };
  const auto status_has = [&](std::uint32_t bit) { return test(FieldId::kCtStatus, ValueSet::of_masks({{bit, bit}})); };
  switch (moment) {
    case Moment::kNewConnection: return pool.both(state_is(ir::CtState::kNew), direction_is(0));
    case Moment::kTranslated:
      return pool.all(std::array{state_is(ir::CtState::kNew), direction_is(0), status_has(ir::kIpsDstNat)});
    case Moment::kEstablished:
      return pool.all(std::array{state_is(ir::CtState::kEstablished), direction_is(0), status_has(ir::kIpsSeenReply)});
    case Moment::kReply:
      return pool.all(std::array{state_is(ir::CtState::kEstablished), direction_is(1), status_has(ir::kIpsSeenReply)});
    case Moment::kRelated: return state_is(ir::CtState::kRelated);
    case Moment::kUntracked: return state_is(ir::CtState::kUntracked);
  }
  return kFalse;
}

/// What such packets are to the tracker. A packet that raw untracked has no connection.
FormulaId HookPaths::situation(Way way, Moment moment, const Box& box) {
  FormulaPool& pool = context_.encoder.pool();
  const auto state_is = [&](ir::CtState state) {
    return test(FieldId::kCtState, ValueSet::of_value(static_cast<std::uint64_t>(state)));
  };
  if (moment == Moment::kUntracked) return tracked(moment);
  if (way == Way::kThrough) {
    // PREROUTING is not walked here, so what raw does there may be done to any packet.
    const FormulaId maybe = untracked(Way::kIn, Box()) == kFalse ? kFalse : state_is(ir::CtState::kUntracked);
    return pool.both(transport_flags(moment), pool.either(tracked(moment), maybe));
  }
  const FormulaId without = untracked(way, box);
  const FormulaId here = pool.both(without, state_is(ir::CtState::kUntracked));
  // When only one direction is untracked, the other one is new or invalid to the tracker.
  const Way other = way == Way::kIn ? Way::kOut : Way::kIn;
  const FormulaId half = opens(moment) && moment != Moment::kRelated ? kFalse : untracked(other, Box());
  const FormulaId odd =
      half == kFalse ? kFalse : pool.either(state_is(ir::CtState::kNew), state_is(ir::CtState::kInvalid));
  return pool.both(transport_flags(moment),
                   pool.any(std::array{pool.both(pool.negate(without), tracked(moment)), here, odd}));
}

FormulaId HookPaths::question(const Access& access, Way way, Moment moment) {
  FormulaPool& pool = context_.encoder.pool();
  const Box box = box_of(access);
  std::vector<FormulaId> all{formula_of(access), access.on_loopback ? over_loopback(way) : from_outside(way),
                             situation(way, moment, box)};
  for (const ChainId chain : chains(way)) all.push_back(context_.encoder.world(chain));
  return pool.all(all);
}

FormulaId HookPaths::passing(Way way, const Box& box) {
  FormulaPool& pool = context_.encoder.pool();
  std::vector<FormulaId> all;
  for (const ChainId chain : chains(way)) all.push_back(pool.negate(context_.walk.refused(chain, box)));
  return pool.all(all);
}

Outcome HookPaths::can_pass(const Access& access, Way way, Moment moment) {
  FormulaPool& pool = context_.encoder.pool();
  const Box box = box_of(access);
  const FormulaId asked = question(access, way, moment);
  const FormulaId elsewhere = moment == Moment::kNewConnection ? redirected(way, box) : kFalse;
  context_.solver.begin(pool.both(asked, pool.either(elsewhere, passing(way, box))));
  const Outcome outcome = context_.solver.check();
  context_.solver.end();
  return outcome;
}

Outcome HookPaths::can_be_tracked(ir::RuleRef rule, Way way) {
  FormulaPool& pool = context_.encoder.pool();
  const Box& box = structure_.boxes.of(rule);
  std::vector<FormulaId> all{context_.encoder.rule(rule), pool.negate(untracked(way, box))};
  for (const ChainId chain : chains(way)) all.push_back(context_.encoder.world(chain));
  context_.solver.begin(pool.all(all));
  const Outcome outcome = context_.solver.check();
  context_.solver.end();
  return outcome;
}

std::optional<Refusal> HookPaths::example_stopped(const Access& access, Way way, Moment moment) {
  const auto on_the_way = chains(way);
  if (on_the_way.empty()) return std::nullopt;
  const FormulaId asked = question(access, way, moment);
  context_.solver.begin(asked);
  std::optional<Refusal> found;
  if (context_.solver.check() == Outcome::kSat) {
    const ChainId last = filter_chain(way).value_or(on_the_way.back());
    Candidate candidate = context_.candidate_of_model(last);
    candidate.choices.clear();
    context_.make_ordinary(candidate, last, [&](const Candidate& c) {
      return context_.holds(asked, c) && (!c.packet.get(FieldId::kEtherSaddr) || !c.packet.in.empty());
    });
    candidate.packet.hook = hooks(way)[0];
    found = walk(candidate, way);
  }
  context_.solver.end();
  return found;
}

std::optional<Refusal> HookPaths::walk(const Candidate& candidate, Way way) const {
  const ir::Ruleset& ruleset = structure_.ruleset;
  ir::Packet packet = candidate.packet;
  for (const ChainId chain : chains(way)) {
    packet.hook = ruleset.chain(chain).base->hook;
    const auto state = packet.ct_state();
    const bool before_tracking = ruleset.before_tracking(chain);
    if (before_tracking) packet.set(FieldId::kCtState, static_cast<ir::u128>(ir::CtState::kInvalid));
    WalkRequest request;
    request.base = chain;
    request.choices = candidate.choices;
    const WalkResult result = context_.concrete.walk(packet, request);
    const bool stopped = result.fate.verdict == VerdictKind::kDrop || result.fate.verdict == VerdictKind::kReject;
    if (stopped) {
      WitnessClaim claim;
      claim.base = chain;
      claim.fate = result.fate;
      claim.choices = candidate.choices;
      return Refusal{{packet, std::move(claim)}, result.exhausted};
    }
    packet = result.packet;
    if (before_tracking && packet.ct_state() == ir::CtState::kInvalid)
      packet.set(FieldId::kCtState, static_cast<ir::u128>(state));
  }
  return std::nullopt;
}

}  // namespace nfproof::analyzer
