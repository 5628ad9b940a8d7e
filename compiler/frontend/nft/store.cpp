// SPDX-License-Identifier: Apache-2.0
// Look-ups in stored tables.
#include "compiler/frontend/nft/store.h"

#include <algorithm>

namespace nfproof::compiler::nft {

StoredChain* StoredTable::find_chain(std::string_view chain) { return chain_names_.find(chains, chain); }

void StoredTable::remove_chain(std::string_view chain) {
  chain_names_.forget();
  std::erase_if(chains, [chain](const StoredChain& each) { return each.name == chain; });
}

void StoredTable::rename_chain(StoredChain& chain, std::string_view to) {
  chain.name = std::string(to);
  chain_names_.forget();
}

StoredSet* StoredTable::find_set(std::string_view set) { return set_names_.find(sets, set); }

void StoredTable::remove_set(std::string_view set) {
  set_names_.forget();
  std::erase_if(sets, [set](const StoredSet& each) { return each.name == set; });
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
