// SPDX-License-Identifier: Apache-2.0
// Named sets and objects of a table, and what rules share by name.
#include "backends/nft_objects.h"

#include <algorithm>

namespace nfproof::backends {

NftUses::NftUses(const ir::Ruleset& ruleset) {
  for (const ir::Chain& chain : ruleset.chains) {
    const ir::Table& table = ruleset.table(chain.table);
    for (const ir::Rule& rule : chain.rules) {
      for (const ir::Condition& condition : rule.when) add(ruleset, table, condition.predicate);
      for (const ir::Effect& effect : rule.effects)
        if (const auto* update = std::get_if<ir::UpdateSet>(&effect)) updated_.insert(update->set.name);
    }
  }
}

void NftUses::add(const ir::Ruleset& ruleset, const ir::Table& table, ir::PredicateId id) {
  const ir::Predicate& what = ruleset.predicates[id];
  if (const auto* recent = std::get_if<ir::Recent>(&what)) {
    NftRecentUse& use = recent_[{table.family, recent->name}];
    use.tables.insert(table.name);
    use.masks.insert(recent->mask);
    if (recent->seconds != 0) use.seconds.insert(recent->seconds);
    const bool asks = recent->action == ir::Recent::Action::kCheck || recent->action == ir::Recent::Action::kUpdate;
    if (asks && recent->seconds == 0) use.seconds.insert(0);
    use.odd = use.odd || recent->hit_count > 1 || recent->ttl;
  } else if (const auto* limit = std::get_if<ir::HashLimit>(&what)) {
    NftHashLimitUse& use = hash_limit_[{table.family, limit->name}];
    use.tables.insert(table.name);
    if (std::find(use.settings.begin(), use.settings.end(), *limit) == use.settings.end())
      use.settings.push_back(*limit);
  }
}

const NftRecentUse* NftUses::recent(ir::Family family, std::string_view name) const {
  const auto found = recent_.find({family, std::string(name)});
  return found == recent_.end() ? nullptr : &found->second;
}

const NftHashLimitUse* NftUses::hash_limit(ir::Family family, std::string_view name) const {
  const auto found = hash_limit_.find({family, std::string(name)});
  return found == hash_limit_.end() ? nullptr : &found->second;
}

NftObjects::NftObjects(const NftUses& uses, const ir::SetTable* sets, const ir::Table& from, NftTable& table)
    : uses_(uses), sets_(sets), family_(from.family), table_(table) {
  for (const ir::NftDeclared& declared : from.declared) {
    NftObject& made = table_.objects.emplace_back();
    made.kind = declared.kind.str(), made.name = declared.name.str();
    names_.reserve(made.name);
    for (const ir::Text& each : declared.settings) made.settings.push_back(each.str());
    for (const ir::Text& each : declared.elements) made.elements.push_back(each.str());
    for (const ir::Text& each : declared.leads_to) made.leads_to.push_back(each.str());
    made.by_family = declared.counts, made.origin = declared.span;
    by_key_.emplace(made.kind + ' ' + made.name, &made);
  }
}

const ir::Set* NftObjects::ipset(std::string_view name) const {
  if (sets_ == nullptr) return nullptr;
  const auto id = sets_->find(name);
  return id ? &(*sets_)[*id] : nullptr;
}

NftObject& NftObjects::get(const std::string& key, std::string kind, std::string_view wanted, bool& is_new) {
  NftObject*& slot = by_key_[key];
  is_new = slot == nullptr;
  if (is_new) {
    slot = &table_.objects.emplace_back();
    slot->kind = std::move(kind);
    slot->name = names_.make(wanted);
  }
  return *slot;
}

}  // namespace nfproof::backends
