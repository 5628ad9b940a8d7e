// SPDX-License-Identifier: Apache-2.0
// Look-ups in stored tables.
#include "compiler/frontend/nft/store.h"

#include <algorithm>

namespace nfproof::compiler::nft {

StoredChain* StoredTable::find_chain(std::string_view chain) {
  if (by_name_.size() != chains.size()) {
    by_name_.clear();
    for (StoredChain& each : chains) by_name_.emplace(each.name, &each);
  }
  const auto found = by_name_.find(chain);
  if (found == by_name_.end()) return nullptr;
  return found->second;
}

void StoredTable::remove_chain(std::string_view chain) {
  by_name_.clear();
  std::erase_if(chains, [chain](const StoredChain& each) { return each.name == chain; });
}

void StoredTable::rename_chain(StoredChain& chain, std::string_view to) {
  chain.name = std::string(to);
  by_name_.clear();
}

StoredSet* StoredTable::find_set(std::string_view set) {
  const auto found = std::find_if(sets.begin(), sets.end(), [set](const StoredSet& each) { return each.name == set; });
  return found == sets.end() ? nullptr : &*found;
}

StoredObject* StoredTable::find_object(std::string_view kind, std::string_view object) {
  const auto found = std::find_if(objects.begin(), objects.end(),
                                  [&](const StoredObject& each) { return each.kind == kind && each.name == object; });
  return found == objects.end() ? nullptr : &*found;
}

StoredTable* Store::find_table(ir::Family family, std::string_view table) {
  const auto found = std::find_if(tables.begin(), tables.end(), [&](const std::unique_ptr<StoredTable>& each) {
    return each->family == family && each->name == table;
  });
  return found == tables.end() ? nullptr : found->get();
}

}  // namespace nfproof::compiler::nft
