// SPDX-License-Identifier: Apache-2.0
// The lists of tuples and when the kernel looks through them.
#include "sim/conn_count.h"

#include <algorithm>

namespace nfproof::sim {
namespace {

/// How many dead ones are forgotten at once (CONNCOUNT_GC_MAX_COLLECT).
constexpr std::size_t kCollectedAtOnce = 64;

}  // namespace

void ConnectionCounts::sweep(Rule& rule, const Look& look) {
  std::erase_if(rule.blocks, [&](const auto& block) {
    return std::all_of(block.second.members.begin(), block.second.members.end(), [&](const Member& member) {
      return look(member.original, member.zone) != ConnectionFate::kAlive;
    });
  });
  rule.next_sweep = std::max<std::size_t>(rule.next_sweep, 2 * rule.blocks.size());
}

void ConnectionCounts::collect(List& list, Jiffies now, const Look& look) {
  if (list.looked == now) return;
  std::size_t collected = 0;
  std::erase_if(list.members, [&](const Member& member) {
    if (collected > kCollectedAtOnce || look(member.original, member.zone) == ConnectionFate::kAlive) return false;
    ++collected;
    return true;
  });
  list.looked = now;
  list.looked_count = list.members.size();
}

void ConnectionCounts::add(List& list, const Asker& asker, Jiffies now, const Look& look) {
  const bool just_looked = list.looked == now && list.members.size() - list.looked_count < kCollectedAtOnce;
  if (!just_looked) {
    std::size_t collected = 0;
    bool known = false;
    std::erase_if(list.members, [&](const Member& member) {
      if (known || collected > kCollectedAtOnce) return false;
      const ConnectionFate fate = look(member.original, member.zone);
      if (fate != ConnectionFate::kGone && member.original == asker.original && member.zone == asker.zone) {
        known = true;
        return false;
      }
      if (fate == ConnectionFate::kAlive) return false;
      ++collected;
      return true;
    });
    if (known) return;
    list.looked = now;
    list.looked_count = list.members.size();
  }
  list.members.push_back({asker.original, asker.zone});
}

std::size_t ConnectionCounts::count(const Place& place, const Asker& asker, Jiffies now, const Look& look) {
  Rule& rule = rules_[place];
  if (rule.blocks.size() >= rule.next_sweep) sweep(rule, look);
  const auto [found, is_new] = rule.blocks.try_emplace({asker.address, asker.zone});
  List& list = found->second;
  if (is_new) {
    list.looked = now;
    list.members.push_back({asker.original, asker.zone});
  } else if (asker.counted) {
    collect(list, now, look);
  } else {
    add(list, asker, now, look);
  }
  return list.members.size();
}

}  // namespace nfproof::sim
