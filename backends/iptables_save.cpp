// SPDX-License-Identifier: Apache-2.0
// Canonical iptables-save text from the surface of the rules: see iptables_save.h.
#include "backends/iptables_save.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "compiler/ir/rule_text.h"

namespace nfproof::backends {
namespace {

void append_rule(std::string& out, std::string_view chain, const ir::Rule& rule) {
  ir::append_rule_matches(out, chain, rule);
  ir::append_rule_target(out, rule);
}

/// Built-in chains in the order of the hooks, then user chains by name.
std::vector<ir::ChainId> printing_order(const ir::Ruleset& ruleset, const ir::Table& table) {
  std::vector<ir::ChainId> order = table.chains;
  std::stable_sort(order.begin(), order.end(), [&](ir::ChainId left, ir::ChainId right) {
    const ir::Chain& a = ruleset.chain(left);
    const ir::Chain& b = ruleset.chain(right);
    if (a.base.has_value() != b.base.has_value()) return a.base.has_value();
    return a.base ? a.base->hook < b.base->hook : a.name < b.name;
  });
  return order;
}

ir::Counters counters_at(const ir::Ruleset& ruleset, ir::RuleRef place, const SaveOptions& options) {
  if (!options.counters) return {};
  if (options.counters_of) return options.counters_of(place);
  const ir::Rule* rule = ruleset.rule(place);
  return rule != nullptr ? rule->counters.value_or(ir::Counters{}) : ruleset.chain(place.chain).counters;
}

void append_chain_line(std::string& out, const ir::Ruleset& ruleset, ir::ChainId id, const SaveOptions& options) {
  const ir::Chain& chain = ruleset.chain(id);
  out += ':';
  out += chain.name;
  out += ' ';
  out += chain.base ? ir::verdict_name(chain.base->policy) : std::string_view("-");
  out += ' ';
  const auto policy = static_cast<std::uint32_t>(chain.rules.size());
  ir::append_counters(out, chain.base ? counters_at(ruleset, {id, policy}, options) : ir::Counters{});
  out += '\n';
}

}  // namespace

std::string save_rule_text(const ir::Ruleset& ruleset, ir::RuleRef rule) {
  std::string out;
  if (const ir::Rule* found = ruleset.rule(rule)) append_rule(out, ruleset.chain(rule.chain).name, *found);
  return out;
}

std::string save_table_text(const ir::Ruleset& ruleset, ir::TableId id, const SaveOptions& options) {
  const ir::Table& table = ruleset.table(id);
  const std::vector<ir::ChainId> order = printing_order(ruleset, table);
  std::string out = '*' + table.name + '\n';
  for (const ir::ChainId chain : order) append_chain_line(out, ruleset, chain, options);
  for (const ir::ChainId chain_id : order) {
    const ir::Chain& chain = ruleset.chain(chain_id);
    for (std::uint32_t i = 0; i < chain.rules.size(); ++i) {
      if (options.counters) {
        ir::append_counters(out, counters_at(ruleset, {chain_id, i}, options));
        out += ' ';
      }
      append_rule(out, chain.name, chain.rules[i]);
      out += '\n';
    }
  }
  return out + "COMMIT\n";
}

std::string save_text(const ir::Ruleset& ruleset, ir::Family family, const SaveOptions& options) {
  std::string out;
  for (std::size_t i = 0; i < ruleset.tables.size(); ++i) {
    const auto id = ir::TableId{static_cast<std::uint32_t>(i)};
    if (ruleset.tables[i].family == family && !ruleset.tables[i].nft) out += save_table_text(ruleset, id, options);
  }
  return out;
}

}  // namespace nfproof::backends
