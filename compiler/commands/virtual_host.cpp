// SPDX-License-Identifier: Apache-2.0
// Tables of a virtual host: see virtual_host.h.
#include "compiler/commands/virtual_host.h"

namespace nfproof::compiler {

StagedTable* VirtualHost::table(ir::Family family, std::string_view name) {
  std::list<StagedTable>& all = tables(family);
  for (StagedTable& table : all)
    if (table.name() == name) return &table;
  if (!ir::is_xtables_table(name)) return nullptr;
  return &all.emplace_front(std::string(name), family, source::Span{}, StagingMode::kLive);
}

ir::Ruleset VirtualHost::ruleset() const {
  ir::Ruleset ruleset;
  ruleset.predicates = *predicates_;
  copy_to(ruleset);
  return ruleset;
}

void VirtualHost::copy_to(ir::Ruleset& ruleset) const {
  for (const std::list<StagedTable>& family : tables_)
    for (const StagedTable& table : family) table.copy_to(ruleset);
}

}  // namespace nfproof::compiler
