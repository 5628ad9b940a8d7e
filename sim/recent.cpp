// SPDX-License-Identifier: Apache-2.0
// Looking up, adding, forgetting.
#include "sim/recent.h"

#include <algorithm>
#include <bit>
#include <functional>

namespace nfproof::sim {
namespace {

constexpr std::uint32_t kFewestStamps = 32;

ir::u128 masked_address(const ir::Recent& rule, const DecodedPacket& packet, const std::array<std::uint8_t, 16>& mask) {
  const ir::u128 address = rule.destination ? packet.fields.destination() : packet.fields.source();
  return address & load_number(mask, 0, packet.family() == ir::Family::kIpv4 ? 4 : 16);
}

}  // namespace

std::size_t RecentLists::KeyHash::operator()(const Key& key) const {
  const auto high = static_cast<std::uint64_t>(key.address >> 64), low = static_cast<std::uint64_t>(key.address);
  return std::hash<std::uint64_t>()(low ^ (high * 0x9e3779b97f4a7c15ULL) ^ static_cast<std::uint64_t>(key.family));
}

void RecentLists::declare(const ir::Recent& rule) {
  std::uint32_t wanted = kFewestStamps;
  if (rule.hit_count != 0) wanted = std::bit_ceil(rule.hit_count);
  if (options_.stamps != 0 && rule.hit_count < options_.stamps) wanted = std::bit_ceil(options_.stamps);
  const auto [found, is_new] = lists_.try_emplace(rule.name);
  List& list = found->second;
  if (is_new) list.mask = rule.mask;
  list.stamps = std::max(list.stamps, wanted);
}

RecentLists::Entries::iterator RecentLists::find(List& list, const Key& key, std::uint8_t ttl) {
  const auto found = list.index.find(key);
  if (found == list.index.end()) return list.entries.end();
  for (const auto& entry : found->second)
    if (ttl == 0 || entry->ttl == 0 || entry->ttl == ttl) return entry;
  return list.entries.end();
}

void RecentLists::remove(List& list, Entries::iterator entry) {
  const auto found = list.index.find(entry->key);
  std::erase(found->second, entry);
  if (found->second.empty()) list.index.erase(found);
  list.entries.erase(entry);
}

void RecentLists::add(List& list, const Key& key, std::uint8_t ttl, Jiffies now) const {
  if (list.entries.size() >= options_.addresses && !list.entries.empty()) remove(list, list.entries.begin());
  list.entries.push_back({.key = key, .ttl = ttl, .next = 1, .stamps = {now}});
  list.index[key].push_back(std::prev(list.entries.end()));
}

void RecentLists::refresh(List& list, Entries::iterator entry, Jiffies now) {
  entry->next &= list.stamps - 1;
  if (entry->next < entry->stamps.size())
    entry->stamps[entry->next] = now;
  else
    entry->stamps.push_back(now);
  ++entry->next;
  list.entries.splice(list.entries.end(), list.entries, entry);
}

bool RecentLists::too_old(const ir::Recent& rule, Jiffies stamp, Jiffies now) const {
  return now - stamp > std::uint64_t{rule.seconds} * options_.hz;
}

bool RecentLists::seen(const ir::Recent& rule, const Entry& entry, Jiffies now) const {
  std::uint32_t hits = 0;
  for (const Jiffies stamp : entry.stamps) {
    if (rule.seconds != 0 && too_old(rule, stamp, now)) continue;
    if (rule.hit_count == 0 || ++hits >= rule.hit_count) return true;
  }
  return false;
}

/// Only the entry that was seen the longest time ago, and only if it is too old.
void RecentLists::reap(const ir::Recent& rule, List& list, Entries::iterator spared, Jiffies now) const {
  if (list.entries.empty() || list.entries.begin() == spared) return;
  const Entry& oldest = list.entries.front();
  if (too_old(rule, oldest.stamps[oldest.next - 1], now)) remove(list, list.entries.begin());
}

bool RecentLists::test(const ir::Recent& rule, const DecodedPacket& packet, std::uint8_t ttl, Jiffies now) {
  using Action = ir::Recent::Action;
  declare(rule);
  List& list = lists_[rule.name];
  const Key key{packet.family(), masked_address(rule, packet, list.mask)};
  const auto entry = find(list, key, rule.ttl ? ttl : 0);
  if (entry == list.entries.end()) {
    if (rule.action != Action::kSet) return rule.negated;
    add(list, key, ttl, now);
    return !rule.negated;
  }
  switch (rule.action) {
    case Action::kSet:
      refresh(list, entry, now);
      entry->ttl = ttl;
      return !rule.negated;
    case Action::kRemove: remove(list, entry); return !rule.negated;
    case Action::kCheck:
    case Action::kUpdate: break;
  }
  const bool match = seen(rule, *entry, now) != rule.negated;
  const bool updates = rule.action == Action::kUpdate && match;
  if (rule.reap) reap(rule, list, updates ? entry : list.entries.end(), now);
  if (updates) {
    refresh(list, entry, now);
    entry->ttl = ttl;
  }
  return match;
}

}  // namespace nfproof::sim
