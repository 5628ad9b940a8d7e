// SPDX-License-Identifier: Apache-2.0
// Elements in a vector, an index of slots over it (linear probing).
#include "compiler/ir/set.h"

#include <algorithm>

namespace nfproof::ir {
namespace {

constexpr std::size_t kFirstSlots = 8;

std::uint64_t mix(std::uint64_t seed, std::uint64_t value) {
  seed ^= value + 0x9e3779b97f4a7c15ULL + (seed << 6U) + (seed >> 2U);
  seed *= 0xff51afd7ed558ccdULL;
  return seed ^ (seed >> 33U);
}

std::uint64_t mix(std::uint64_t seed, u128 value) {
  return mix(mix(seed, static_cast<std::uint64_t>(value)), static_cast<std::uint64_t>(value >> 64U));
}

}  // namespace

Set::Set(std::string name, SetHeader header, source::Span span)
    : name_(std::move(name)), header_(header), span_(span) {}

std::size_t Set::hash(const SetElement& element) const {
  std::uint64_t value = mix(0, element.first);
  if (element.second != 0) value = mix(value, element.second);
  // Interfaces and the MAC of a bitmap are compared, not hashed.
  if (header_.type != SetType::kHashNetIface && header_.type != SetType::kBitmapIpMac) value = mix(value, element.link);
  const std::uint64_t rest = element.port | std::uint64_t{element.protocol} << 16U |
                             std::uint64_t{element.prefix} << 24U | std::uint64_t{element.prefix2} << 32U |
                             std::uint64_t{element.physdev} << 40U;
  return static_cast<std::size_t>(mix(value, rest));
}

bool Set::equal(const SetElement& stored, const SetElement& wanted) const {
  if (stored.first != wanted.first || stored.second != wanted.second || stored.port != wanted.port ||
      stored.protocol != wanted.protocol || stored.prefix != wanted.prefix || stored.prefix2 != wanted.prefix2 ||
      stored.physdev != wanted.physdev)
    return false;
  if (header_.type == SetType::kBitmapIpMac) return true;
  if (header_.type == SetType::kHashNetIface && stored.wildcard)
    return interfaces_[wanted.link].starts_with(interfaces_[stored.link]);
  return stored.link == wanted.link;
}

std::optional<std::size_t> Set::find(const SetElement& element) const {
  std::optional<std::size_t> found;
  for_each_equal(element, [&](std::size_t index) {
    found = index;
    return false;
  });
  return found;
}

void Set::index_element(std::size_t index) {
  const std::size_t mask = slots_.size() - 1;
  std::size_t slot = hash(elements_[index]) & mask;
  while (slots_[slot] != kFree) slot = (slot + 1) & mask;
  slots_[slot] = static_cast<std::uint32_t>(index);
}

void Set::grow() {
  slots_.assign(std::max(kFirstSlots, slots_.size() * 2), kFree);
  for (std::size_t i = 0; i < elements_.size(); ++i) index_element(i);
}

/// Moves what stands behind the gap up, so that every element is still found from its own slot.
void Set::unindex_element(std::size_t index) {
  const std::size_t mask = slots_.size() - 1;
  std::size_t gap = hash(elements_[index]) & mask;
  while (slots_[gap] != index) gap = (gap + 1) & mask;
  for (std::size_t slot = (gap + 1) & mask; slots_[slot] != kFree; slot = (slot + 1) & mask) {
    const std::size_t home = hash(elements_[slots_[slot]]) & mask;
    if (((slot - home) & mask) < ((slot - gap) & mask)) continue;
    slots_[gap] = slots_[slot];
    gap = slot;
  }
  slots_[gap] = kFree;
}

void Set::count_prefixes(const SetElement& element, bool add) {
  if (!type().is_hash() || !type().has(SetPart::kNetwork)) return;
  const std::pair key{element.prefix, element.prefix2};
  if (add) {
    ++prefixes_[key];
    return;
  }
  const auto found = prefixes_.find(key);
  if (--found->second == 0) prefixes_.erase(found);
}

SetExtras Set::extras(std::size_t index) const {
  SetExtras extras;
  if (header_.timeout) extras.expires = expires_[index];
  if (header_.counters) std::tie(extras.packets, extras.bytes) = counters_[index];
  if (header_.comments) extras.comment = comments_[index];
  if (header_.skbinfo) extras.skb = skb_[index];
  return extras;
}

void Set::set_extras(std::size_t index, const SetExtras& extras) {
  if (header_.timeout) expires_[index] = extras.expires;
  if (header_.counters) counters_[index] = {extras.packets, extras.bytes};
  if (header_.comments) comments_[index] = extras.comment;
  if (header_.skbinfo) skb_[index] = extras.skb;
}

void Set::push_extras(const SetExtras& extras) {
  if (header_.timeout) expires_.push_back(extras.expires);
  if (header_.counters) counters_.emplace_back(extras.packets, extras.bytes);
  if (header_.comments) comments_.push_back(extras.comment);
  if (header_.skbinfo) skb_.push_back(extras.skb);
}

void Set::count(std::size_t index, std::uint64_t packets, std::uint64_t bytes) {
  counters_[index].first += packets;
  counters_[index].second += bytes;
}

std::size_t Set::insert(const SetElement& element, const SetExtras& extras) {
  elements_.push_back(element);
  push_extras(extras);
  count_prefixes(element, true);
  if (is_list()) return elements_.size() - 1;
  if (elements_.size() * 5 > slots_.size() * 4)
    grow();
  else
    index_element(elements_.size() - 1);
  return elements_.size() - 1;
}

void Set::insert_at(std::size_t index, const SetElement& element, const SetExtras& extras) {
  insert(element, extras);
  const auto rotate = [&](auto& all) {
    if (!all.empty()) std::rotate(all.begin() + static_cast<std::ptrdiff_t>(index), all.end() - 1, all.end());
  };
  rotate(elements_);
  rotate(expires_);
  rotate(counters_);
  rotate(comments_);
  rotate(skb_);
}

void Set::erase(std::size_t index) {
  count_prefixes(elements_[index], false);
  const std::size_t last = elements_.size() - 1;
  const auto take = [&](auto& all) {
    if (all.empty()) return;
    if (is_list()) {
      all.erase(all.begin() + static_cast<std::ptrdiff_t>(index));
      return;
    }
    if (index != last) all[index] = std::move(all[last]);
    all.pop_back();
  };
  if (!is_list()) {
    unindex_element(index);
    if (index != last) {
      const std::size_t mask = slots_.size() - 1;
      std::size_t slot = hash(elements_[last]) & mask;
      while (slots_[slot] != last) slot = (slot + 1) & mask;
      slots_[slot] = static_cast<std::uint32_t>(index);
    }
  }
  take(elements_);
  take(expires_);
  take(counters_);
  take(comments_);
  take(skb_);
}

void Set::clear() {
  elements_.clear();
  expires_.clear();
  counters_.clear();
  comments_.clear();
  skb_.clear();
  slots_.clear();
  prefixes_.clear();
}

void Set::set_mac(std::size_t index, std::uint64_t mac) {
  elements_[index].link = mac;
  elements_[index].has_mac = true;
}

std::uint64_t Set::intern_interface(std::string_view name) {
  if (const auto found = interface_ids_.find(name); found != interface_ids_.end()) return found->second;
  interfaces_.emplace_back(name);
  const std::uint64_t id = interfaces_.size() - 1;
  interface_ids_.emplace(name, id);
  return id;
}

std::optional<std::uint64_t> Set::find_interface(std::string_view name) const {
  const auto found = interface_ids_.find(name);
  return found == interface_ids_.end() ? std::nullopt : std::optional(found->second);
}

SetId SetTable::add(Set set) {
  std::size_t index = 0;
  while (index < sets_.size() && sets_[index]) ++index;
  if (index == sets_.size()) sets_.emplace_back();
  const SetId id{static_cast<std::uint32_t>(index)};
  names_.emplace(set.name(), id);
  sets_[index] = std::move(set);
  return id;
}

void SetTable::remove(SetId id) {
  names_.erase((*this)[id].name());
  sets_[static_cast<std::size_t>(id)].reset();
}

void SetTable::rename(SetId id, std::string name) {
  names_.erase((*this)[id].name());
  names_.emplace(name, id);
  (*this)[id].name_ = std::move(name);
}

void SetTable::swap(SetId a, SetId b) {
  std::swap(sets_[static_cast<std::size_t>(a)], sets_[static_cast<std::size_t>(b)]);
  std::swap((*this)[a].name_, (*this)[b].name_);
}

std::optional<SetId> SetTable::find(std::string_view name) const {
  const auto found = names_.find(name);
  return found == names_.end() ? std::nullopt : std::optional(found->second);
}

std::vector<SetId> SetTable::in_order() const {
  std::vector<SetId> order;
  for (const bool lists : {false, true})
    for (std::size_t i = 0; i < sets_.size(); ++i)
      if (sets_[i] && (sets_[i]->header().type == SetType::kListSet) == lists)
        order.push_back(SetId{static_cast<std::uint32_t>(i)});
  return order;
}

std::size_t SetTable::references(SetId id) const {
  std::size_t count = 0;
  for (const std::optional<Set>& set : sets_) {
    if (!set || set->header().type != SetType::kListSet) continue;
    for (std::size_t i = 0; i < set->size(); ++i) count += set->element(i).link == static_cast<std::uint64_t>(id);
  }
  return count;
}

}  // namespace nfproof::ir
