// SPDX-License-Identifier: Apache-2.0
// Effects as substitutions.
#include <algorithm>
#include <array>

#include "analyzer/regions/effects.h"
#include "compiler/ir/facts.h"

namespace nfproof::analyzer::regions {
namespace {

using ir::FieldId;
using ir::u128;

constexpr std::array<std::uint16_t, 3> kScopes = {0, 1, 2};  // of tests of address types

bool rewrites_destination(const ir::Nat& nat, ir::Hook hook) {
  const bool first = hook == ir::Hook::kPrerouting || hook == ir::Hook::kOutput;
  return first && (nat.kind == ir::Nat::Kind::kDnat || nat.kind == ir::Nat::Kind::kRedirect ||
                   nat.kind == ir::Nat::Kind::kNetmap);
}

}  // namespace

bool Effects::touches(const ir::Effect& effect, ir::Hook hook) {
  const auto known = [&](FieldId field) { return !space_.variables_of(field).empty(); };
  const auto mark = [&] { return known(FieldId::kMark); };
  if (const auto* nat = std::get_if<ir::Nat>(&effect)) return rewrites_destination(*nat, hook);
  if (const auto* set = std::get_if<ir::SetField>(&effect)) {
    const FieldId field = ir::field_info(set->field).storage;
    return known(field) || field == FieldId::kIpTos || field == FieldId::kIp6Tclass;
  }
  if (const auto* copy = std::get_if<ir::CopyMark>(&effect))
    return known(copy->save ? FieldId::kCtMark : FieldId::kMark);
  if (const auto* set = std::get_if<ir::UpdateSet>(&effect))
    return (set->map_mark && mark()) || (set->map_priority && known(FieldId::kPriority));
  if (std::holds_alternative<ir::GiveToSocket>(effect) || std::holds_alternative<ir::HashMark>(effect)) return mark();
  return std::holds_alternative<ir::AddToHopLimit>(effect) || std::holds_alternative<ir::Notrack>(effect) ||
         std::holds_alternative<ir::TranslatePrefix>(effect) || std::holds_alternative<ir::SetTcpMss>(effect) ||
         std::holds_alternative<ir::StripTcpOptions>(effect) || std::holds_alternative<ir::OpaqueEffect>(effect);
}

Ref Effects::set_bits(FieldId field, u128 value, u128 mask, Ref after) {
  for (const Variable variable : space_.variables_of(field)) {
    const VariableInfo& info = space_.info(variable);
    const bool inside = (info.mask & ~mask) == 0;
    if (!inside && (value & info.mask) == 0) continue;
    std::vector<Atom> map(info.constants.size());
    for (Atom atom = 0; atom < map.size(); ++atom)
      map[atom] = info.may_be_absent && atom == kAbsent ? kAbsent
                  : inside                              ? space_.atom_of(variable, value)
                           : space_.atom_of(variable, info.constants[atom] ^ (value & info.mask));
    after = space_.store().substitute(after, variable, map);
  }
  return after;
}

Ref Effects::set_constant(FieldId field, u128 value, Ref after) {
  for (const Variable variable : space_.variables_of(field)) {
    std::vector<Atom> map(space_.store().atoms(variable), space_.atom_of(variable, value));
    if (space_.info(variable).may_be_absent) map[kAbsent] = kAbsent;
    after = space_.store().substitute(after, variable, map);
  }
  return rewrite_holes(field, value, "constant", after);
}

Ref Effects::rewrite_holes(FieldId field, std::optional<u128> value, const std::string& key, Ref after) {
  DiagramStore& store = space_.store();
  const std::vector<bool> support = store.support(after);
  for (Variable variable = 0; variable < support.size(); ++variable) {
    const std::optional<ir::FieldTest> holes = space_.info(variable).holes;
    if (!support[variable] || !holes || holes->field != field) continue;
    const Ref yes = store.restrict_to(after, variable, 1);
    const Ref no = store.restrict_to(after, variable, 0);
    after = value ? (holes->values.contains(*value) ? yes : no)
                  : store.choose(store.test(space_.answer_after(variable, key), {{1, 1}}), yes, no);
  }
  return after;
}

Ref Effects::pick_from(Variable variable, const std::vector<Pick>& picks, const std::string& key, Ref after) {
  DiagramStore& store = space_.store();
  if (picks.empty()) {
    space_.note_problem("a rewritten value may be one of too many");
    return after;
  }
  const bool absent = space_.info(variable).may_be_absent;
  const auto with = [&](Atom atom) {
    std::vector<Atom> map(store.atoms(variable), atom);
    if (absent) map[kAbsent] = kAbsent;
    return store.substitute(after, variable, map);
  };
  Ref result = with(picks.front().atom);
  if (picks.size() == 1) return result;
  const Variable choice = space_.pick(key, static_cast<Atom>(picks.size()));
  for (Atom i = 1; i < picks.size(); ++i)
    result = store.choose(store.test(choice, {{i, i}}), with(picks[i].atom), result);
  return result;
}

/// The field may have any value.
Ref Effects::forget(FieldId field, std::uint16_t argument, const std::string& key, Ref after) {
  return forget_as(field, argument, pick_key(key, field), after);
}

/// `key` as it is.
Ref Effects::forget_as(FieldId field, std::uint16_t argument, const std::string& key, Ref after) {
  for (const Variable variable : space_.variables_of(field, argument)) {
    const VariableInfo& info = space_.info(variable);
    std::vector<Pick> all;
    for (Atom atom = info.may_be_absent ? 1 : 0; atom < space_.store().atoms(variable); ++atom)
      all.push_back({atom, 0});
    if (all.size() > 4096) all.clear();
    after = pick_from(variable, all, key + '#' + std::to_string(variable), after);
  }
  return rewrite_holes(field, std::nullopt, key, after);
}

/// What looks into the packet sees other bytes now.
Ref Effects::forget_answers(const std::string& key, Ref after) {
  DiagramStore& store = space_.store();
  const std::vector<bool> support = store.support(after);
  for (Variable variable = 0; variable < support.size(); ++variable) {
    if (!support[variable] || !space_.info(variable).reads_packet || space_.info(variable).holes) continue;
    const Ref yes = store.restrict_to(after, variable, 1);
    const Ref no = store.restrict_to(after, variable, 0);
    after = store.choose(store.test(space_.answer_after(variable, key), {{1, 1}}), yes, no);
  }
  return after;
}

Ref Effects::untracked(Ref after) {
  DiagramStore& store = space_.store();
  after = set_constant(FieldId::kCtState, static_cast<u128>(ir::CtState::kUntracked), after);
  for (Variable variable = 0; variable < space_.variables(); ++variable) {
    const VariableInfo& info = space_.info(variable);
    const bool field = info.kind == VariableInfo::Kind::kValues || info.kind == VariableInfo::Kind::kBits;
    if (field && ir::of_connection(info.field)) after = store.restrict_to(after, variable, kAbsent);
  }
  return after;
}

Ref Effects::track(EffectsId list, Ref after) { return has_notrack(list) ? untracked(after) : after; }

Ref Effects::copy_mark(const ir::CopyMark& copy, const std::string& key, Ref after) {
  DiagramStore& store = space_.store();
  const FieldId to_field = copy.save ? FieldId::kCtMark : FieldId::kMark;
  const FieldId from_field = copy.save ? FieldId::kMark : FieldId::kCtMark;
  const u128 cleared = copy.save ? copy.ctmask : copy.nfmask;
  const u128 taken = copy.save ? copy.nfmask : copy.ctmask;
  const auto to = space_.variables_of(to_field);
  const auto from = space_.variables_of(from_field);
  const Ref untouched = after;
  if (copy.shift != 0) {
    after = forget(to_field, 0, key, after);
  } else {
    for (std::size_t i = 0; i < to.size(); ++i) {
      const u128 group = space_.info(to[i]).mask;
      const bool clears = (group & ~cleared) == 0;
      const bool takes = (group & ~taken) == 0 && i < from.size();
      const Atom to_first = copy.save ? 1 : 0;
      const auto with = [&](Atom atom) {
        std::vector<Atom> map(store.atoms(to[i]), atom);
        if (copy.save) map[kAbsent] = kAbsent;
        return store.substitute(after, to[i], map);
      };
      if (clears && takes) {
        Ref result = after;
        const Atom from_first = copy.save ? 0 : 1;
        for (Atom atom = from_first; atom < store.atoms(from[i]); ++atom)
          result = store.choose(store.test(from[i], {{atom, atom}}), with(atom - from_first + to_first), result);
        after = result;
      } else if (clears) {
        after = with(space_.atom_of(to[i], 0));
      } else if (takes) {
        after = forget(to_field, 0, key, after);
      }
    }
  }
  return store.choose(space_.presence(ir::Presence::kConntrack), after, untouched);
}

Ref Effects::nat(const EffectItem& item, const ir::Nat& nat, Ref after) {
  if (!rewrites_destination(nat, item.hook)) return after;
  const bool v4 = space_.family() == ir::Family::kIpv4;
  const FieldId address = v4 ? FieldId::kIpDaddr : FieldId::kIp6Daddr;
  const auto variables = space_.variables_of(address);
  const bool redirect = nat.kind == ir::Nat::Kind::kRedirect;
  after = set_bits(FieldId::kCtStatus, ir::kIpsDstNat, ir::kIpsDstNat, after);
  for (const std::uint16_t scope : kScopes) {
    if (redirect && !space_.variables_of(FieldId::kDaddrType, scope).empty() && scope == 0)
      after = set_constant(FieldId::kDaddrType, ir::addr_type_bit(ir::AddrType::kLocal), after);
    else
      after = forget_as(FieldId::kDaddrType, scope, nat_pick_key(nat, FieldId::kDaddrType), after);
  }
  for (const FieldId reply : {FieldId::kCtReplSaddr, FieldId::kCtReplSaddr6, FieldId::kCtReplSport})
    after = forget_as(reply, 0, nat_pick_key(nat, reply), after);
  if (redirect && item.hook == ir::Hook::kOutput) {
    after = set_constant(address, v4 ? u128{127} << 24 | 1U : u128{1}, after);
  } else if (redirect) {
    DiagramStore& store = space_.store();
    if (space_.host() == nullptr) {
      after = pick_from(variables[0], picks(variables[0], {1, ir::max_of_bits(v4 ? 32 : 128)}),
                        nat_pick_key(nat, address), after);
      after = rewrite_holes(address, std::nullopt, nat_pick_key(nat, address), after);
    } else {
      const Ref otherwise = after;
      for (const ir::Interface& interface : space_.host()->interfaces)
        for (const ir::InterfaceAddress& own : interface.addresses) {
          if (own.family != space_.family()) continue;
          const auto in = ir::ValueSet::of_interfaces({{interface.name, false}});
          after = store.choose(space_.in(FieldId::kIifname, in), set_constant(address, own.address, otherwise), after);
          break;
        }
    }
  } else if (nat.addresses && nat.kind == ir::Nat::Kind::kDnat) {
    after = pick_from(variables[0], picks(variables[0], *nat.addresses), nat_pick_key(nat, address), after);
    const bool one = nat.addresses->lo == nat.addresses->hi;
    after = rewrite_holes(address, one ? std::optional(nat.addresses->lo) : std::nullopt, nat_pick_key(nat, address),
                          after);
  } else if (nat.addresses) {  // netmap: the network is replaced, the rest stays
    const u128 kept = nat.addresses->lo ^ nat.addresses->hi;
    std::vector<Atom> map(space_.store().atoms(variables[0]));
    for (Atom atom = 0; atom < map.size(); ++atom) {
      const auto image = [&](u128 value) { return (value & kept) | (nat.addresses->lo & ~kept); };
      const auto& ranges = space_.info(variables[0]).classes[atom];
      map[atom] = space_.atom_of(variables[0], image(ranges.front().lo));
      // Exact when a class goes into one class as a whole: its ends do, and nothing is cut in between.
      for (const ir::Interval& range : ranges) {
        const auto targets = (range.lo & ~kept) == (range.hi & ~kept)
                                 ? picks(variables[0], {image(range.lo), image(range.hi)})
                                 : picks(variables[0], *nat.addresses);
        if (targets.size() != 1 || targets[0].atom != map[atom])
          space_.note_problem("a NETMAP target is tested in parts");
      }
    }
    after = space_.store().substitute(after, variables[0], map);
    after = rewrite_holes(address, std::nullopt, nat_pick_key(nat, address), after);
  }
  if (nat.ports) {
    const auto ports = space_.variables_of(FieldId::kThDport);
    if (!ports.empty())
      after = pick_from(ports[0], picks(ports[0], *nat.ports), nat_pick_key(nat, FieldId::kThDport), after);
  }
  return forget_answers(item.text, after);
}

/// One kind of effect each.
struct Effects::Apply {
  Effects& owner;
  const EffectItem& item;
  Ref after;
  bool before_tracking;

  Ref operator()(const ir::SetField& effect) const {
    const FieldId field = ir::field_info(effect.field).storage;
    const bool whole = (ir::max_of_bits(ir::field_info(field).bits) & ~u128{effect.mask}) == 0;
    Ref result = effect.shift != 0     ? owner.forget(field, 0, item.key, after)
                 : is_bit_field(field) ? owner.set_bits(field, effect.value, effect.mask, after)
                 : whole               ? owner.set_constant(field, effect.value, after)
                                       : owner.forget(field, 0, item.key, after);
    const bool header = field == FieldId::kIpTos || field == FieldId::kIp6Tclass;
    return header ? owner.forget_answers(item.text, result) : result;
  }
  Ref operator()(const ir::CopyMark& effect) const { return owner.copy_mark(effect, item.key, after); }
  Ref operator()(const ir::AddToHopLimit& effect) const {
    Ref result = after;
    for (const FieldId field : {FieldId::kIpTtl, FieldId::kIp6HopLimit}) {
      for (const Variable variable : owner.space_.variables_of(field)) {
        std::vector<Atom> map;
        for (int value = 0; value < static_cast<int>(owner.space_.store().atoms(variable)); ++value)
          map.push_back(static_cast<Atom>(std::clamp(value + effect.amount, 0, 255)));
        if (map.size() == 256) result = owner.space_.store().substitute(result, variable, map);
      }
      result = owner.rewrite_holes(field, std::nullopt, item.key, result);
    }
    return owner.forget_answers(item.text, result);
  }
  Ref operator()(const ir::Notrack&) const {
    if (!before_tracking) return after;  // it has a connection, or never will
    const auto state = owner.space_.variables_of(FieldId::kCtState)[0];
    std::vector<Atom> map(ir::kCtStateCount);
    for (Atom atom = 0; atom < map.size(); ++atom) map[atom] = atom;
    map[owner.space_.atom_of(state, static_cast<u128>(ir::CtState::kInvalid))] =
        owner.space_.atom_of(state, static_cast<u128>(ir::CtState::kUntracked));
    return owner.space_.store().substitute(after, state, map);
  }
  Ref operator()(const ir::Nat& effect) const { return owner.nat(item, effect, after); }
  Ref operator()(const ir::TranslatePrefix& effect) const {
    Ref result = owner.forget(effect.destination ? FieldId::kIp6Daddr : FieldId::kIp6Saddr, 0, item.key, after);
    for (const std::uint16_t scope : kScopes)
      result = owner.forget(effect.destination ? FieldId::kDaddrType : FieldId::kSaddrType, scope, item.key, result);
    return owner.forget_answers(item.text, result);
  }
  Ref operator()(const ir::SetTcpMss& effect) const {
    DiagramStore& store = owner.space_.store();
    Ref result = owner.forget(FieldId::kLength, 0, item.key, after);
    for (const Variable mss : owner.space_.variables_of(FieldId::kTcpMss)) {
      const Ref set = effect.mss ? store.restrict_to(result, mss, owner.space_.atom_of(mss, *effect.mss))
                                 : owner.forget(FieldId::kTcpMss, 0, item.key, result);
      result = store.choose(owner.space_.presence(ir::Presence::kTcp), set, result);
    }
    return owner.forget_answers(item.text, result);
  }
  Ref operator()(const ir::StripTcpOptions&) const {
    Ref result = after;
    for (const Variable mss : owner.space_.variables_of(FieldId::kTcpMss))
      result = owner.space_.store().restrict_to(result, mss, kAbsent);
    return owner.forget_answers(item.text, result);
  }
  Ref operator()(const ir::UpdateSet& effect) const {
    Ref result = effect.map_mark ? owner.forget(FieldId::kMark, 0, item.key, after) : after;
    return effect.map_priority ? owner.forget(FieldId::kPriority, 0, item.key, result) : result;
  }
  Ref operator()(const ir::HashMark&) const { return owner.forget(FieldId::kMark, 0, item.key, after); }
  Ref operator()(const ir::GiveToSocket& effect) const {
    return owner.set_bits(FieldId::kMark, effect.mark, effect.mask, after);
  }
  Ref operator()(const ir::OpaqueEffect&) const {
    Ref result = after;
    for (const FieldId field : {FieldId::kMark, FieldId::kCtMark, FieldId::kIpTos, FieldId::kIp6Tclass, FieldId::kIpTtl,
                                FieldId::kIp6HopLimit, FieldId::kTcpMss})
      result = owner.forget(field, 0, item.key, result);
    return owner.forget_answers(item.text, result);
  }
  Ref operator()(const ir::TrackAs&) const { return after; }
  Ref operator()(const ir::Log&) const { return after; }
  Ref operator()(const ir::Nflog&) const { return after; }
  Ref operator()(const ir::SampleRate&) const { return after; }
  Ref operator()(const ir::Duplicate&) const { return after; }
  Ref operator()(const ir::AnswerSyn&) const { return after; }
  Ref operator()(const ir::Aside&) const { return after; }
};

Ref Effects::before_one(const EffectItem& item, Ref after, bool before_tracking) {
  const EffectItem copy = item;  // interning more effects may move it
  return std::visit(Apply{*this, copy, after, before_tracking}, copy.effect);
}

}  // namespace nfproof::analyzer::regions
