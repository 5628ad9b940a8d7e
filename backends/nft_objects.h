// SPDX-License-Identifier: Apache-2.0
// Named sets and objects that rules of one table ask for. `NftUses` looks at the whole ruleset first: what rules share
// by name (ipsets, hashlimit tables, recent lists) becomes a set only where all uses fit into one.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "backends/nft_model.h"
#include "backends/nft_names.h"
#include "compiler/ir/set.h"

namespace nfproof::backends {

/// How all rules of one family use a list of `recent`.
struct NftRecentUse {
  std::set<std::string> tables;
  std::set<std::uint32_t> seconds;  ///< asked for
  bool odd = false;                 ///< with hit counts or TTLs
  std::set<std::array<std::uint8_t, 16>> masks;
};

struct NftHashLimitUse {
  std::set<std::string> tables;
  std::vector<ir::HashLimit> settings;  ///< different ones
};

class NftUses {
 public:
  explicit NftUses(const ir::Ruleset& ruleset);

  [[nodiscard]] const NftRecentUse* recent(ir::Family family, std::string_view name) const;
  [[nodiscard]] const NftHashLimitUse* hash_limit(ir::Family family, std::string_view name) const;
  /// Do rules add to or delete from the ipset?
  [[nodiscard]] bool is_updated(std::string_view set) const { return updated_.contains(std::string(set)); }

 private:
  void add(const ir::Ruleset& ruleset, const ir::Table& table, ir::PredicateId id);

  std::map<std::pair<ir::Family, std::string>, NftRecentUse> recent_;
  std::map<std::pair<ir::Family, std::string>, NftHashLimitUse> hash_limit_;
  std::set<std::string> updated_;
};

class NftObjects {
 public:
  /// Those that the table declares keep their names.
  NftObjects(const NftUses& uses, const ir::SetTable* sets, const ir::Table& from, NftTable& table);

  [[nodiscard]] const NftUses& uses() const { return uses_; }
  [[nodiscard]] ir::Family family() const { return family_; }
  [[nodiscard]] const ir::Set* ipset(std::string_view name) const;
  [[nodiscard]] const ir::SetTable* ipsets() const { return sets_; }

  /// The object with this key; a new one, named after `wanted`, when there is none. `is_new` says which.
  NftObject& get(const std::string& key, std::string kind, std::string_view wanted, bool& is_new);
  /// Rules that belong in a base chain of their own: assignments that the kernel takes only behind conntrack.
  std::map<ir::Hook, std::vector<NftLine>>& behind_conntrack() { return behind_conntrack_; }

 private:
  const NftUses& uses_;
  const ir::SetTable* sets_;
  ir::Family family_;
  NftTable& table_;
  std::map<std::string, NftObject*> by_key_;
  NftNames names_;
  std::map<ir::Hook, std::vector<NftLine>> behind_conntrack_;
};

}  // namespace nfproof::backends
