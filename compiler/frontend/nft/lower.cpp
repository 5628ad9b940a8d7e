// SPDX-License-Identifier: Apache-2.0
// Tables and chains to the ruleset: see lower.h.
#include "compiler/frontend/nft/lower.h"

#include <utility>

#include "compiler/frontend/nft/element_check.h"
#include "compiler/frontend/nft/joined_tests.h"
#include "compiler/frontend/nft/rule_check.h"
#include "compiler/frontend/nft/rules.h"
#include "compiler/frontend/nft/written.h"

namespace nfproof::compiler::nft {
namespace {

ir::TableId add_table(const StoredTable& stored, ir::Ruleset& ruleset) {
  ir::Table table;
  table.name = stored.name;
  table.family = stored.family;
  table.span = stored.span;
  table.nft = true;
  table.comment = stored.comment;
  table.dormant = stored.dormant;
  table.declared = declared_in(stored);
  const ir::TableId id = ruleset.add_table(std::move(table));
  for (const StoredChain& each : stored.chains) {
    ir::Chain chain;
    chain.name = each.name;
    chain.table = id;
    chain.span = each.span;
    (stored.dormant ? chain.asleep : chain.base) = each.base;
    chain.comment = each.comment;
    ruleset.add_chain(std::move(chain));
  }
  return id;
}

}  // namespace

void lower_tables(Store& store, ir::Ruleset& ruleset, source::Diagnostics& diagnostics, bool empty_sets_fill) {
  std::vector<ir::TableId> ids;
  for (const auto& stored : store.tables) ids.push_back(add_table(*stored, ruleset));
  for (std::size_t t = 0; t < ids.size(); ++t) {
    StoredTable& stored = *store.tables[t];
    check_sets(stored, diagnostics);
    const LowerContext context{stored, ruleset, diagnostics, stored.family, empty_sets_fill, {}, {}, false};
    const std::vector<ir::ChainId> chains = ruleset.table(ids[t]).chains;
    for (std::size_t c = 0; c < chains.size(); ++c) {
      std::vector<ir::Rule> rules;
      std::uint32_t number = 0;
      for (StoredRule& rule : stored.chains[c].rules) {
        if (!check_rule(rule, stored, diagnostics)) rule.unreadable = true;
        rule.misread = warn_of_joined_tests(rule, diagnostics);
        lower_rule(context, ids[t], rule, ++number, rules);
      }
      ruleset.chain(chains[c]).rules = std::move(rules);
    }
  }
}

}  // namespace nfproof::compiler::nft
