// SPDX-License-Identifier: Apache-2.0
// A host whose packet filter exists in memory only: the tables that iptables and ip6tables work on, without a kernel.
// Commands are applied to it by `run_program.h`; `state_file.h` keeps it in a file between calls.
#pragma once

#include <list>
#include <string>
#include <string_view>

#include "compiler/frontend/staging.h"
#include "compiler/ir/ruleset.h"

namespace nfproof::compiler {

class VirtualHost {
 public:
  VirtualHost() : predicates_(&own_predicates_) {}
  /// Predicates go to another pool, which must live as long.
  explicit VirtualHost(ir::PredicatePool& predicates) : predicates_(&predicates) {}
  VirtualHost(const VirtualHost&) = delete;
  VirtualHost& operator=(const VirtualHost&) = delete;

  /// The table; made, with empty built-in chains, when it is not there, as the kernel does when a table is first asked
  /// for. Null when the kernel has no table of that name.
  [[nodiscard]] StagedTable* table(ir::Family family, std::string_view name);
  /// The tables that are there, the youngest first: the order of iptables-save.
  [[nodiscard]] std::list<StagedTable>& tables(ir::Family family) { return tables_[family == ir::Family::kIpv6]; }
  [[nodiscard]] const std::list<StagedTable>& tables(ir::Family family) const {
    return tables_[family == ir::Family::kIpv6];
  }

  /// Rules of the tables refer to predicates in this pool.
  [[nodiscard]] ir::PredicatePool& predicates() { return *predicates_; }

  /// The sets of ipset, as `ipset save` prints them; kept as they are.
  [[nodiscard]] const std::string& sets() const { return sets_; }
  void set_sets(std::string text) { sets_ = std::move(text); }

  /// A copy of everything as a ruleset; run the passes on it (`passes.h`) before it is analysed.
  [[nodiscard]] ir::Ruleset ruleset() const;
  /// Adds a copy of the tables to a ruleset whose predicates are those of this host.
  void copy_to(ir::Ruleset& ruleset) const;

 private:
  std::list<StagedTable> tables_[2];  ///< IPv4, IPv6
  ir::PredicatePool own_predicates_;
  ir::PredicatePool* predicates_;
  std::string sets_;
};

}  // namespace nfproof::compiler
