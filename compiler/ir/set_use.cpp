// SPDX-License-Identifier: Apache-2.0
// See set_use.h.
#include "compiler/ir/set_use.h"

#include <set>
#include <string>
#include <variant>

namespace nfproof::ir {
namespace {

std::set<std::string, std::less<>> changed_sets(const Ruleset& ruleset) {
  std::set<std::string, std::less<>> names;
  for (const Chain& chain : ruleset.chains)
    for (const Rule& rule : chain.rules)
      for (const Effect& effect : rule.effects)
        if (const auto* update = std::get_if<UpdateSet>(&effect))
          if (update->action != UpdateSet::Action::kMap) names.insert(update->set.name);
  return names;
}

/// Does anything in the set depend on time or on packets that came before?
bool moves(const Set& set) {
  if (set.size() > kMostFixedElements) return true;
  for (std::size_t i = 0; i < set.size(); ++i) {
    if (set.expires(i) != SetExtras::kPermanent) return true;
    if (set.header().type == SetType::kBitmapIpMac && !set.element(i).has_mac) return true;
  }
  return false;
}

SetId member_of(const SetElement& element) { return SetId{static_cast<std::uint32_t>(element.link)}; }

}  // namespace

void mark_fixed_sets(const Ruleset& ruleset, SetTable& sets, bool empty_ones_fill) {
  if (sets.empty()) return;
  const auto changed = changed_sets(ruleset);
  for (const SetId id : sets.in_order()) {
    Set& set = sets[id];
    const bool fills = empty_ones_fill && set.size() == 0;
    set.set_fixed(!moves(set) && !fills && changed.count(set.name()) == 0);
  }
  for (const SetId id : sets.in_order()) {
    Set& list = sets[id];
    if (list.header().type != SetType::kListSet) continue;
    const bool list_changes = changed.count(list.name()) != 0;  // its members are what changes
    for (std::size_t i = 0; i < list.size(); ++i)
      if (list_changes) sets[member_of(list.element(i))].set_fixed(false);
  }
  for (const SetId id : sets.in_order()) {
    Set& list = sets[id];
    for (std::size_t i = 0; list.header().type == SetType::kListSet && i < list.size(); ++i)
      if (!sets[member_of(list.element(i))].is_fixed()) list.set_fixed(false);
  }
}

bool is_fixed(const SetTable& sets, const SetLookup& test) {
  using Test = SetLookup::Counter::Test;
  const auto id = sets.find(test.set.name);
  if (!id || !sets[*id].is_fixed()) return false;
  const bool counts = test.packets.test != Test::kNone || test.bytes.test != Test::kNone;
  return !counts || !sets[*id].header().counters;
}

}  // namespace nfproof::ir
