// SPDX-License-Identifier: Apache-2.0
// Field tests as conditions over the variables of a space, and values of atoms.
#include <algorithm>
#include <array>

#include "analyzer/regions/space.h"
#include "analyzer/regions/space_fields.h"
#include "compiler/ir/dump.h"
#include "compiler/ir/facts.h"

namespace nfproof::analyzer::regions {

using ir::FieldId;
using ir::FieldTest;
using ir::Interval;
using ir::Masked;
using ir::Presence;
using ir::u128;
using ir::ValueSet;

Ref Space::presence(Presence which) {
  if (of_other_family(which)) return kNo;
  const FieldId fragment = family_ == ir::Family::kIpv4 ? FieldId::kIpFragOffset : FieldId::kIp6FragOffset;
  if (which == Presence::kPorts) {
    const auto protocols = ValueSet::of_intervals({{6, 6}, {17, 17}, {33, 33}, {132, 132}, {136, 136}});
    return store_.both(values(FieldId::kL4Proto, 0, protocols), values(fragment, 0, ValueSet::of_value(0)));
  }
  if (which == Presence::kAh && family_ == ir::Family::kIpv6) return kYes;
  if (const auto protocol = which == Presence::kAh ? ir::kProtoAh : ir::protocol_of(which)) {
    Ref there = store_.both(values(FieldId::kL4Proto, 0, ValueSet::of_value(*protocol)),
                            values(fragment, 0, ValueSet::of_value(0)));
    if (which == Presence::kTcpMss)
      for (const Variable mss : variables_of(FieldId::kTcpMss))
        there = store_.without(there, store_.test(mss, {{kAbsent, kAbsent}}));
    return there;
  }
  if (which == Presence::kEther) {
    const auto link = variables_of(FieldId::kEtherSaddr);
    return link.empty() ? kYes : store_.negate(store_.test(link[0], {{kAbsent, kAbsent}}));
  }
  if (which == Presence::kIncoming || which == Presence::kOutgoing) {
    const auto name = variables_of(which == Presence::kIncoming ? FieldId::kIifname : FieldId::kOifname)[0];
    return store_.negate(store_.test(name, atom_set({atom_of(name, InterfaceClasses::kNone)})));
  }
  if (ir::of_connection(which)) return values(FieldId::kCtState, 0, ValueSet::of_range(0, 2));
  return kYes;
}

Ref Space::value_atoms(Variable variable, const ValueSet::Intervals& intervals) {
  const auto& pieces = places_.at(variable);
  std::vector<Atom> atoms;
  for (const Interval& range : intervals) {
    auto piece = std::lower_bound(pieces.begin(), pieces.end(), range.lo,
                                  [](const auto& each, u128 value) { return each.first.hi < value; });
    for (; piece != pieces.end() && piece->first.lo <= range.hi; ++piece) {
      if (piece->first.lo < range.lo || piece->first.hi > range.hi)
        note_problem("a test of `" + std::string(ir::field_info(info_[variable].field).name) + "` was not prepared");
      atoms.push_back(piece->second);
    }
  }
  return store_.test(variable, atom_set(std::move(atoms)));
}

Ref Space::masked(FieldId field, std::uint16_t argument, const Masked& masked) {
  Ref all = kYes;
  for (const Variable variable : variables_of(field, argument)) {
    const VariableInfo& info = info_[variable];
    if ((info.mask & ~masked.mask) != 0) continue;
    const Atom atom = atom_of(variable, masked.value);
    all = store_.both(all, store_.test(variable, {{atom, atom}}));
  }
  return all;
}

/// The value is in the set; absent values are in none.
Ref Space::values(FieldId field, std::uint16_t argument, const ValueSet& set) {
  const auto variables = variables_of(field, argument);
  if (variables.empty()) {
    if (set.is_all(ir::field_info(field).bits)) return presence(ir::field_info(field).presence);
    note_problem("`" + std::string(ir::field_info(field).name) + "` was not prepared");
    return kNo;
  }
  if (is_bit_field(field)) {
    Ref any = kNo;
    const auto add = [&](const Masked& each) { any = store_.either(any, masked(field, argument, each)); };
    if (set.masks() != nullptr)
      for (const Masked& each : *set.masks()) add(each);
    if (set.intervals() != nullptr)
      for (const Interval& range : *set.intervals())
        for (const Masked& each : masks_of(range, ir::field_info(field).bits)) add(each);
    return store_.both(any, presence(ir::field_info(field).presence));
  }
  const Variable variable = variables[0];
  if (set.interfaces() != nullptr) return value_atoms(variable, *interfaces_.indexes(set).intervals());
  if (set.intervals() != nullptr) return value_atoms(variable, *set.intervals());
  std::vector<Atom> atoms;
  for (const auto& [range, atom] : places_.at(variable))
    if (set.contains(range.lo)) atoms.push_back(atom);
  return store_.test(variable, atom_set(std::move(atoms)));
}

/// A mask with holes over many bits cuts its field into too many pieces: whether the value fits it is a variable of its
/// own. That some classes leave no choice is not known here; packets are only shown when they fit.
Ref Space::with_holes(const FieldTest& test) {
  const FieldTest plain{test.field, test.argument, false, test.values};
  ir::PredicatePool pool;
  const std::string key = ir::dump_predicate(pool, pool.add(plain));
  const Ref answered = answer(key, true, {});
  const Variable variable = store_.variable_of(answered);
  uses_[variable].clear();
  info_[variable].holes = plain;
  return answered;
}

Ref Space::test(const FieldTest& given) {
  const FieldTest* test = &given;
  const auto translated = on_address(given);
  if (translated) test = &*translated;
  const ir::FieldInfo& info = ir::field_info(test->field);
  if (of_other_family(info.presence)) return kNo;
  const Ref there = presence(info.presence);
  if (test->field == FieldId::kTcpOption && test->argument == 2) {
    const Ref option = presence(Presence::kTcpMss);
    const Ref yes = test->values.contains(u128{1}) ? option : kNo;
    const Ref no = test->values.contains(u128{0}) ? store_.negate(option) : kNo;
    const Ref inside = store_.either(yes, no);
    return store_.both(there, test->negated ? store_.negate(inside) : inside);
  }
  const std::uint16_t argument = info.storage == FieldId::kTcpFlags ? std::uint16_t{0} : test->argument;
  if (test->values.masks() != nullptr && !is_bit_field(info.storage)) {
    for (const Masked& each : *test->values.masks())
      if (!intervals_of(each, info.bits)) {
        const Ref inside = with_holes(*test);
        return store_.both(there, test->negated ? store_.negate(inside) : inside);
      }
  }
  const Ref inside = values(info.storage, argument, test->values);
  if (!test->negated) return store_.both(there, inside);
  return store_.without(there, inside);
}

Ref Space::is(FieldId field, u128 value) { return in(field, ValueSet::of_value(value)); }

Ref Space::in(FieldId field, const ValueSet& set, std::uint16_t argument) {
  if (variables_of(field, argument).empty()) return presence(ir::field_info(field).presence);
  return test({field, argument, false, set});
}

Ref Space::answer(const std::string& key, bool reads_packet) {
  Variable variable = 0;
  if (const auto found = by_key_.find(key); found != by_key_.end()) {
    variable = found->second;
  } else {
    if (info_.size() >= kMostVariables) {
      note_problem("too many tests that may answer anything");
      return kNo;
    }
    VariableInfo info;
    info.kind = VariableInfo::Kind::kAnswer;
    info.key = key;
    info.reads_packet = reads_packet;
    variable = store_.add_variable(2);
    info_.push_back(std::move(info));
    uses_.emplace_back();
    by_key_.emplace(key, variable);
  }
  return store_.test(variable, {{1, 1}});
}

Ref Space::answer(const std::string& key, bool reads_packet, const AnswerUse& use) {
  const Ref made = answer(key, reads_packet);
  if (made != kNo) uses_[store_.variable_of(made)].push_back(use);
  return made;
}

Variable Space::pick(const std::string& key, Atom count) {
  if (const auto found = by_key_.find(key); found != by_key_.end()) return found->second;
  if (info_.size() >= kMostVariables) note_problem("too many values are not known");
  VariableInfo info;
  info.kind = VariableInfo::Kind::kPick;
  info.key = key;
  const Variable variable = store_.add_variable(count);
  info_.push_back(std::move(info));
  uses_.emplace_back();
  by_key_.emplace(key, variable);
  return variable;
}

std::optional<Variable> Space::find_key(const std::string& key) const {
  const auto found = by_key_.find(key);
  return found == by_key_.end() ? std::nullopt : std::optional(found->second);
}

Variable Space::answer_after(Variable variable, const std::string& key) {
  const std::string whole = info_[variable].key + " after " + key;
  const auto uses = uses_[variable];
  if (by_key_.find(whole) == by_key_.end()) {
    for (const AnswerUse& use : uses) (void)answer(whole, true, use);
    if (uses.empty()) (void)answer(whole, true);
  }
  const auto found = by_key_.find(whole);
  return found == by_key_.end() ? variable : found->second;
}

bool Space::is_complete(Variable variable) const {
  const VariableInfo& info = info_[variable];
  const std::size_t count = info.constants.size() - (info.may_be_absent ? 1 : 0);
  return bit_count(info.mask) < 20 && count == std::size_t{1} << bit_count(info.mask);
}

Atom Space::atom_of(Variable variable, u128 value) const {
  const VariableInfo& info = info_[variable];
  const Atom first = info.may_be_absent ? 1 : 0;
  if (info.kind == VariableInfo::Kind::kBits) {
    const auto begin = info.constants.begin() + first;
    const auto found = std::find(begin, info.constants.end(), value & info.mask);
    const auto last = static_cast<std::size_t>(info.constants.size() - 1);
    return static_cast<Atom>(found == info.constants.end() ? last
                                                           : static_cast<std::size_t>(found - info.constants.begin()));
  }
  const auto& pieces = places_.at(variable);
  const auto piece = std::lower_bound(pieces.begin(), pieces.end(), value,
                                      [](const auto& each, u128 at) { return each.first.hi < at; });
  return piece == pieces.end() ? first : piece->second;
}

u128 Space::value_of(Variable variable, Atom atom, u128 wanted) const {
  const VariableInfo& info = info_[variable];
  if (info.kind == VariableInfo::Kind::kBits)
    return atom_of(variable, wanted) == atom ? wanted & info.mask : info.constants[atom];
  const auto& ranges = info.classes[atom];
  for (const Interval& range : ranges)
    if (range.lo <= wanted && wanted <= range.hi) return wanted;
  // The first address of a big range is nobody's.
  const Interval& range = ranges.front();
  const u128 size = range.hi - range.lo;
  return range.lo + (size > 16 ? u128{7} : size > 2 ? u128{1} : u128{0});
}

ValueSet::Intervals Space::values_of(Variable variable, const AtomSet& atoms) const {
  ValueSet::Intervals all;
  for (const AtomRange& range : atoms)
    for (Atom atom = range.first; atom <= range.last; ++atom) {
      const auto& ranges = info_[variable].classes[atom];
      all.insert(all.end(), ranges.begin(), ranges.end());
    }
  return *ValueSet::of_intervals(std::move(all)).intervals();
}

}  // namespace nfproof::analyzer::regions
