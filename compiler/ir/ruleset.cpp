// SPDX-License-Identifier: Apache-2.0
// Look-ups in a ruleset.
#include "compiler/ir/ruleset.h"

#include <algorithm>
#include <utility>

namespace nfproof::ir {

TableId Ruleset::add_table(Table table) {
  const auto id = TableId{static_cast<std::uint32_t>(tables.size())};
  tables.push_back(std::move(table));
  names_.emplace_back();
  return id;
}

ChainId Ruleset::add_chain(Chain added) {
  const auto id = ChainId{static_cast<std::uint32_t>(chains.size())};
  Table& owner = table(added.table);
  if (const HookRow* row = owner.nft ? nullptr : find_hook_row(owner.name, added.name); row != nullptr) {
    if (!added.base) added.base = BaseChain{row->hook, row->priority, VerdictKind::kAccept};
    added.base->type = row->type;
  }
  names_[static_cast<std::size_t>(added.table)].emplace(added.name, id);
  owner.chains.push_back(id);
  chains.push_back(std::move(added));
  return id;
}

const Rule* Ruleset::rule(RuleRef ref) const {
  const Chain& owner = chain(ref.chain);
  return ref.index < owner.rules.size() ? &owner.rules[ref.index] : nullptr;
}

std::uint32_t Ruleset::number_of(RuleRef ref) const {
  const Rule* found = rule(ref);
  return found != nullptr && found->nft_number != 0 ? found->nft_number : ref.index + 1;
}

bool Ruleset::translates(ChainId id) const {
  const Chain& which = chain(id);
  if (which.base) return which.base->type == ChainType::kNat;
  const Table& owner = table_of(id);
  if (!owner.nft) return owner.name == "nat";
  bool any = false;  // in nftables a table has any name: those of its base chains tell
  for (const ChainId each : owner.chains)
    if (chain(each).base) {
      if (chain(each).base->type != ChainType::kNat) return false;
      any = true;
    }
  return any;
}

bool Ruleset::before_tracking(ChainId id) const {
  const auto early = [](const Chain& each) { return each.base && each.base->priority < kPriorityConntrack; };
  if (chain(id).base) return early(chain(id));
  const Table& owner = table_of(id);
  return std::any_of(owner.chains.begin(), owner.chains.end(), [&](ChainId each) { return early(chain(each)); });
}

bool Ruleset::filters(ChainId id) const {
  const Chain& which = chain(id);
  if (!table_of(id).nft) return table_of(id).name == "filter";
  return !which.base || (which.base->type == ChainType::kFilter && which.base->priority == 0);
}

std::optional<TableId> Ruleset::find_table(Family family, std::string_view name) const {
  for (std::size_t i = 0; i < tables.size(); ++i)
    if (tables[i].family == family && tables[i].name == name) return TableId{static_cast<std::uint32_t>(i)};
  return std::nullopt;
}

std::optional<ChainId> Ruleset::find_chain(TableId table, std::string_view name) const {
  const auto& names = names_[static_cast<std::size_t>(table)];
  const auto found = names.find(std::string(name));
  if (found == names.end()) return std::nullopt;
  return found->second;
}

std::vector<ChainId> Ruleset::base_chains(Family packet_family, Hook hook) const {
  std::vector<ChainId> found;
  for (std::size_t i = 0; i < chains.size(); ++i) {
    const Chain& candidate = chains[i];
    const Family family = table(candidate.table).family;
    if (!candidate.base || candidate.base->hook != hook) continue;
    if (family == packet_family || family == Family::kInet) found.push_back(ChainId{static_cast<std::uint32_t>(i)});
  }
  std::stable_sort(found.begin(), found.end(),
                   [&](ChainId a, ChainId b) { return chain(a).base->priority < chain(b).base->priority; });
  return found;
}

std::size_t Ruleset::rule_count() const {
  std::size_t count = 0;
  for (const Chain& each : chains) count += each.rules.size();
  return count;
}

}  // namespace nfproof::ir
