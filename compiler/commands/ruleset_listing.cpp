// SPDX-License-Identifier: Apache-2.0
// Listing rulesets: see ruleset_listing.h.
#include "compiler/commands/ruleset_listing.h"

#include <algorithm>
#include <unordered_map>
#include <vector>

#include "compiler/commands/listing.h"
#include "compiler/passes/reach.h"

namespace nfproof::compiler {
namespace {

constexpr ListFormat kFormat{.counters = true, .numeric = true, .line_numbers = true};

void append_table(std::string& out, const ir::Ruleset& ruleset, const ir::Table& table,
                  const std::function<ir::Counters(ir::RuleRef)>& counters_of) {
  std::vector<ir::ChainId> order = table.chains;
  std::stable_sort(order.begin(), order.end(), [&](ir::ChainId left, ir::ChainId right) {
    const ir::Chain& a = ruleset.chain(left);
    const ir::Chain& b = ruleset.chain(right);
    if (a.base.has_value() != b.base.has_value()) return a.base.has_value();
    return a.base ? a.base->hook < b.base->hook : a.name < b.name;
  });
  std::unordered_map<std::string_view, std::size_t> references;
  for (const ir::ChainId id : order)
    for (const ir::Rule& rule : ruleset.chain(id).rules)
      if (is_jump(rule) && rule.target) ++references[rule.target->name];
  bool first = true;
  for (const ir::ChainId id : order) {
    const ir::Chain& chain = ruleset.chain(id);
    if (!first) out += '\n';
    first = false;
    const auto size = static_cast<std::uint32_t>(chain.rules.size());
    append_list_header(out,
                       {chain.name, chain.base ? &*chain.base : nullptr,
                        chain.base ? counters_of({id, size}) : ir::Counters{}, references[chain.name]},
                       kFormat);
    for (std::uint32_t i = 0; i < size; ++i)
      append_list_rule(out, chain.rules[i], counters_of({id, i}), i + 1, {table.family, table.name, chain.name},
                       kFormat);
  }
}

}  // namespace

std::string list_ruleset(const ir::Ruleset& ruleset, const std::function<ir::Counters(ir::RuleRef)>& counters_of) {
  std::string out;
  for (const ir::Family family : {ir::Family::kIpv4, ir::Family::kIpv6}) {
    for (const ir::Table& table : ruleset.tables) {
      if (table.family != family || table.nft) continue;
      if (ruleset.tables.size() > 1) {
        if (!out.empty()) out += '\n';
        out += family == ir::Family::kIpv6 ? "# ip6tables -t " : "# iptables -t ";
        out += table.name + " -L -v -n --line-numbers\n";
      }
      append_table(out, ruleset, table, counters_of);
    }
  }
  return out;
}

}  // namespace nfproof::compiler
