// SPDX-License-Identifier: Apache-2.0
// Chain by chain: rules that become one, then trees: see iptables_optimize.h.
#include "backends/iptables_optimize.h"

#include <algorithm>
#include <set>

#include "backends/iptables_merge.h"
#include "backends/iptables_tree.h"

namespace nfproof::backends {
namespace {

/// Longest name of a chain (XT_EXTENSION_MAXNAMELEN without its end).
constexpr std::size_t kLongestName = 28;

class Optimizer {
 public:
  Optimizer(const ir::Ruleset& ruleset, ir::Family family, IptablesSets* sets)
      : ruleset_(ruleset), family_(family), sets_(sets) {}

  [[nodiscard]] std::string table_text(const ir::Table& table) {
    taken_.clear();
    for (const ir::ChainId id : table.chains) taken_.insert(ruleset_.chain(id).name);
    std::string head = "*" + table.name + "\n";
    std::string body;
    std::vector<IptablesBranch> made;
    for (const ir::ChainId id : table.chains) {
      const ir::Chain& chain = ruleset_.chain(id);
      const bool drops = chain.base && chain.base->policy == ir::VerdictKind::kDrop;
      head += ":" + chain.name + (!chain.base ? " -" : drops ? " DROP" : " ACCEPT") + " [0:0]\n";
      // Chains stand behind the one that leads to them, so that rules that limit keep their order.
      append(chain.name, rules_of(chain, made), body);
      for (const IptablesBranch& branch : made) {
        head += ":" + branch.name + " - [0:0]\n";
        append(branch.name, branch.rules, body);
      }
      made.clear();
    }
    return head + body + "COMMIT\n";
  }

 private:
  static void append(const std::string& chain, const std::vector<std::string>& rules, std::string& out) {
    for (const std::string& rule : rules) out += "-A " + chain + rule + "\n";
  }

  std::vector<std::string> rules_of(const ir::Chain& chain, std::vector<IptablesBranch>& made) {
    std::vector<IptablesRow> rows;
    for (const ir::Rule& rule : chain.rules) rows.push_back(iptables_row(ruleset_, rule));
    rows = merge_rows(std::move(rows), sets_);
    // A user chain ends with a return in any case.
    while (!chain.base && !rows.empty() && rows.back().text == " -j RETURN") rows.pop_back();
    return branch_out(chain.name, std::move(rows), family_ == ir::Family::kIpv4 ? 32 : 128, made,
                      [this](const std::string& like) { return new_name(like); });
  }

  std::string new_name(const std::string& like) {
    for (unsigned n = 1;; ++n) {
      const std::string end = "-" + std::to_string(n);
      std::string name = like.substr(0, kLongestName - end.size()) + end;
      if (taken_.insert(name).second) return name;
    }
  }

  const ir::Ruleset& ruleset_;
  ir::Family family_;
  IptablesSets* sets_;
  std::set<std::string> taken_;
};

}  // namespace

IptablesOptimized iptables_optimize(const ir::Ruleset& ruleset, ir::Family family, const ir::SetTable& sets,
                                    bool use_sets) {
  IptablesOptimized out;
  IptablesSets made(sets, family);
  Optimizer optimizer(ruleset, family, use_sets ? &made : nullptr);
  for (const ir::Table& table : ruleset.tables)
    if (table.family == family && !table.nft) out.text += optimizer.table_text(table);
  out.sets = made.text();
  out.set_count = made.count();
  return out;
}

}  // namespace nfproof::backends
