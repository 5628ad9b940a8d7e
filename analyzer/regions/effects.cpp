// SPDX-License-Identifier: Apache-2.0
// Interned lists of effects.
#include "analyzer/regions/effects.h"

#include <algorithm>
#include <array>

#include "compiler/ir/dump.h"

namespace nfproof::analyzer::regions {
namespace {

using ir::FieldId;

template <typename T>
bool holds(const EffectItem& item) {
  return std::holds_alternative<T>(item.effect);
}

/// Is the result of the effect something that only the rule itself explains?
bool is_unknown(const ir::Effect& effect) {
  if (const auto* set = std::get_if<ir::SetField>(&effect)) return set->shift != 0;
  if (const auto* copy = std::get_if<ir::CopyMark>(&effect)) return copy->shift != 0 || copy->ctmask != copy->nfmask;
  return std::holds_alternative<ir::HashMark>(effect) || std::holds_alternative<ir::UpdateSet>(effect) ||
         std::holds_alternative<ir::TranslatePrefix>(effect) || std::holds_alternative<ir::SetTcpMss>(effect) ||
         std::holds_alternative<ir::OpaqueEffect>(effect) || std::holds_alternative<ir::AddToHopLimit>(effect);
}

bool writes_mark(const EffectItem& item) {
  return holds<ir::CopyMark>(item) || holds<ir::HashMark>(item) || holds<ir::UpdateSet>(item) ||
         holds<ir::GiveToSocket>(item) || holds<ir::OpaqueEffect>(item) || holds<ir::TrackAs>(item);
}

/// Does it still matter when the packet itself goes nowhere?
bool outlives_packet(const EffectItem& item) {
  if (const auto* set = std::get_if<ir::SetField>(&item.effect))
    return ir::field_info(set->field).storage == FieldId::kCtMark;
  if (const auto* copy = std::get_if<ir::CopyMark>(&item.effect)) return copy->save;
  return holds<ir::Log>(item) || holds<ir::Nflog>(item) || holds<ir::UpdateSet>(item) || holds<ir::SampleRate>(item) ||
         holds<ir::Duplicate>(item) || holds<ir::Aside>(item) || holds<ir::OpaqueEffect>(item) ||
         holds<ir::AnswerSyn>(item);
}

}  // namespace

EffectsId Effects::one(const ir::Effect& effect, ir::Hook hook, const std::string& rule_key) {
  EffectItem item{effect, ir::dump_effect(effect), is_unknown(effect) ? rule_key : std::string(), hook};
  const auto [known, fresh] =
      by_text_.emplace(std::pair{item.text + '@' + std::string(ir::hook_chain_name(hook)), item.key}, items_.size());
  if (fresh) items_.push_back(std::move(item));
  const std::vector<std::uint32_t> list{known->second};
  const auto [id, added] = by_items_.emplace(list, static_cast<EffectsId>(lists_.size()));
  if (added) lists_.push_back(list);
  return id->second;
}

EffectsId Effects::append(EffectsId first, EffectsId second) {
  if (first == 0) return second;
  if (second == 0) return first;
  if (const auto found = appended_.find({first, second}); found != appended_.end()) return found->second;
  std::vector<std::uint32_t> list = lists_[first];
  for (const std::uint32_t next : std::vector<std::uint32_t>(lists_[second])) {
    // The second of two changes nothing.
    const auto untracks = [&](std::uint32_t item) { return holds<ir::Notrack>(items_[item]); };
    if (untracks(next) && std::any_of(list.begin(), list.end(), untracks)) continue;
    const auto* later = std::get_if<ir::SetField>(&items_[next].effect);
    bool merged = false;
    // Two writes of one field are one, when nothing between them looks at it.
    for (std::size_t i = list.size(); later != nullptr && later->shift == 0 && i-- > 0 && !merged;) {
      if (writes_mark(items_[list[i]])) break;
      const auto* before = std::get_if<ir::SetField>(&items_[list[i]].effect);
      if (before == nullptr || before->field != later->field) continue;
      if (before->shift != 0) break;
      ir::SetField both = *later;
      both.mask = before->mask | later->mask;
      both.value = (before->value & ~later->mask) ^ later->value;
      const ir::Hook hook = items_[next].hook;
      list.erase(list.begin() + static_cast<std::ptrdiff_t>(i));
      list.push_back(lists_[one(both, hook, {})].front());
      merged = true;
    }
    if (!merged) list.push_back(next);
  }
  const auto [id, added] = by_items_.emplace(list, static_cast<EffectsId>(lists_.size()));
  if (added) lists_.push_back(list);
  appended_.emplace(std::pair{first, second}, id->second);
  return id->second;
}

EffectsId Effects::of_dropped(EffectsId list) {
  std::vector<std::uint32_t> kept;
  for (const std::uint32_t item : lists_[list])
    if (outlives_packet(items_[item])) kept.push_back(item);
  if (kept.empty()) return 0;
  const auto [id, added] = by_items_.emplace(kept, static_cast<EffectsId>(lists_.size()));
  if (added) lists_.push_back(kept);
  return id->second;
}

std::vector<std::string> Effects::texts(EffectsId list) const {
  std::vector<std::string> all;
  for (const std::uint32_t item : lists_[list]) all.push_back(items_[item].text);
  return all;
}

/// Equal bits after both writes: where only one writes, it must write what is there.
Ref Effects::same_bits(const BitWrite& a, const BitWrite& b) {
  DiagramStore& store = space_.store();
  if (((a.value ^ b.value) & a.mask & b.mask) != 0) return kNo;
  const ir::u128 single = a.mask ^ b.mask;
  const ir::u128 wanted = (a.value & a.mask & ~b.mask) | (b.value & b.mask & ~a.mask);
  ir::u128 known = 0;
  Ref all = kYes;
  for (const Variable variable : space_.variables_of(a.field)) {
    const VariableInfo& info = space_.info(variable);
    known |= info.mask;
    if ((info.mask & single) == 0) continue;
    const Atom atom = space_.atom_of(variable, wanted);
    // "Any other value" does not say which.
    const bool one = atom + 1 < store.atoms(variable) || space_.is_complete(variable);
    if ((info.mask & ~single) != 0 || !one) return kNo;
    all = store.both(all, store.test(variable, {{atom, atom}}));
  }
  return (single & ~known) == 0 ? all : kNo;
}

Ref Effects::same_result(EffectsId a, EffectsId b) {
  if (a == b) return kYes;
  std::map<FieldId, std::array<BitWrite, 2>> writes;
  std::array<std::vector<std::string>, 2> rest;
  for (const std::size_t which : {std::size_t{0}, std::size_t{1}})
    for (const std::uint32_t item : lists_[which == 0 ? a : b]) {
      const auto* set = std::get_if<ir::SetField>(&items_[item].effect);
      if (set == nullptr || set->shift != 0 || !is_bit_field(ir::field_info(set->field).storage) ||
          (set->value & ~set->mask) != 0 || writes[ir::field_info(set->field).storage][which].mask != 0) {
        rest[which].push_back(items_[item].text + items_[item].key);
        if (writes_mark(items_[item])) return kNo;
        continue;
      }
      const FieldId field = ir::field_info(set->field).storage;
      writes[field][which] = {field, set->value, set->mask};
    }
  if (rest[0] != rest[1]) return kNo;
  Ref all = kYes;
  for (auto& [field, pair] : writes) {
    pair[0].field = pair[1].field = field;
    all = space_.store().both(all, same_bits(pair[0], pair[1]));
  }
  return all;
}

bool Effects::has_notrack(EffectsId list) const {
  return std::any_of(lists_[list].begin(), lists_[list].end(),
                     [&](std::uint32_t item) { return holds<ir::Notrack>(items_[item]); });
}

std::optional<ir::Nat> Effects::destination(EffectsId list) const {
  for (std::size_t i = lists_[list].size(); i-- > 0;) {
    const EffectItem& item = items_[lists_[list][i]];
    const auto* nat = std::get_if<ir::Nat>(&item.effect);
    const bool first = item.hook == ir::Hook::kPrerouting || item.hook == ir::Hook::kOutput;
    if (nat != nullptr && first && nat->kind != ir::Nat::Kind::kSnat && nat->kind != ir::Nat::Kind::kMasquerade)
      return *nat;
  }
  return std::nullopt;
}

bool Effects::redirects(EffectsId list) const {
  return std::any_of(lists_[list].begin(), lists_[list].end(), [&](std::uint32_t item) {
    const auto* nat = std::get_if<ir::Nat>(&items_[item].effect);
    return nat != nullptr && nat->kind == ir::Nat::Kind::kRedirect;
  });
}

Ref Effects::before(EffectsId list, Ref after, bool before_tracking) {
  const std::vector<std::uint32_t> items = lists_[list];
  for (std::size_t i = items.size(); i-- > 0;) after = before_one(items_[items[i]], after, before_tracking);
  return after;
}

std::string Effects::pick_key(const std::string& key, FieldId field) {
  return key + " picks " + std::string(ir::field_info(field).name);
}

std::string Effects::nat_pick_key(const ir::Nat& nat, FieldId field) {
  const bool address = field != FieldId::kThDport && field != FieldId::kCtReplSport;
  const bool redirect = nat.kind == ir::Nat::Kind::kRedirect;
  return pick_key(address && redirect ? std::string("redirect") : ir::dump_effect(nat), field);
}

std::vector<Effects::Pick> Effects::picks(Variable variable, const ir::Interval& range) const {
  constexpr std::size_t kMostPicks = 512;
  std::vector<Pick> found;
  const VariableInfo& info = space_.info(variable);
  for (Atom atom = 0; atom < info.classes.size(); ++atom)
    for (const ir::Interval& part : info.classes[atom]) {
      if (part.lo > range.hi || part.hi < range.lo) continue;
      found.push_back({atom, std::max(part.lo, range.lo)});
      if (found.size() > kMostPicks) return {};
      break;
    }
  return found;
}

}  // namespace nfproof::analyzer::regions
