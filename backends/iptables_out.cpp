// SPDX-License-Identifier: Apache-2.0
// Tables of nftables as those of iptables: each base chain belongs to the built-in chain of its hook, priority and
// type, and every table of iptables gets the chains that its built-in chains lead to.
#include "backends/iptables_out.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

#include "backends/iptables_core.h"
#include "backends/iptables_save.h"
#include "compiler/ir/rule_text.h"

namespace nfproof::backends {
namespace {

using ir::ChainId;

constexpr std::array<std::string_view, 5> kTables = {"raw", "mangle", "nat", "filter", "security"};
/// Longest name of a chain (XT_EXTENSION_MAXNAMELEN without its end).
constexpr std::size_t kLongestName = 28;

/// The table of iptables that has a built-in chain at this place; empty: none.
std::string_view table_of(const ir::BaseChain& base) {
  for (const std::string_view table : kTables) {
    const ir::HookRow* row = ir::find_hook_row(table, ir::hook_chain_name(base.hook));
    if (row == nullptr || row->priority != base.priority) continue;
    if ((table == "nat") == (base.type == ir::ChainType::kNat)) return table;
  }
  return {};
}

class Writer {
 public:
  Writer(const ir::Ruleset& ruleset, ir::Family family, const IptablesOptions& options, IptablesTranslation& out)
      : ruleset_(ruleset), family_(family), options_(options), out_(out), tests_(ruleset, family) {}

  void run() {
    std::map<std::string_view, std::map<ir::Hook, ChainId>> bases;
    for (std::size_t i = 0; i < ruleset_.chains.size(); ++i) {
      const ir::Chain& chain = ruleset_.chains[i];
      const ir::Table& table = ruleset_.table(chain.table);
      if (!chain.base || !table.nft || (table.family != family_ && table.family != ir::Family::kInet)) continue;
      place(ChainId{static_cast<std::uint32_t>(i)}, bases);
    }
    for (const auto& [table, of_table] : bases)
      for (const ChainId id : reached(of_table)) ++tables_of_[id];
    for (const std::string_view table : kTables)
      if (const auto found = bases.find(table); found != bases.end()) write_table(table, found->second);
  }

 private:
  void place(ChainId id, std::map<std::string_view, std::map<ir::Hook, ChainId>>& bases) {
    const ir::Chain& chain = ruleset_.chain(id);
    const std::string_view table = table_of(*chain.base);
    if (table.empty()) return fail(chain.span, "iptables has no chain at this hook and priority", chain.rules.size());
    const auto [at, is_new] = bases[table].emplace(chain.base->hook, id);
    if (!is_new)
      fail(chain.span,
           "a second base chain where iptables has one: `" + ruleset_.chain(at->second).name + "` is there, too",
           chain.rules.size());
  }

  /// What one line of nftables becomes may fail more than once for one reason, which is told once.
  void fail(const source::Span& where, const std::string& why, std::size_t rules) {
    if (told_.emplace(std::tuple(where.file, where.line, where.column), why).second)
      out_.diagnostics.error("no-translation", where, why);
    out_.untranslated += rules;
  }

  /// The chains that the built-in ones lead to, in the order of the ruleset.
  [[nodiscard]] std::set<ChainId> reached(const std::map<ir::Hook, ChainId>& bases) const {
    std::set<ChainId> found;
    std::vector<ChainId> work;
    for (const auto& [hook, id] : bases) work.push_back(id);
    while (!work.empty()) {
      const ChainId id = work.back();
      work.pop_back();
      for (const ir::Rule& rule : ruleset_.chain(id).rules) {
        const auto kind = rule.verdict.kind;
        if (kind != ir::VerdictKind::kJump && kind != ir::VerdictKind::kGoto) continue;
        if (found.insert(rule.verdict.chain).second) work.push_back(rule.verdict.chain);
      }
    }
    return found;
  }

  std::string unique(std::string name) {
    if (name.size() > kLongestName) name.resize(kLongestName);
    std::string out = name;
    for (unsigned n = 2; ir::find_hook_row("mangle", out) != nullptr || !taken_.insert(out).second; ++n) {
      const std::string end = "_" + std::to_string(n);
      out = name.substr(0, kLongestName - end.size()) + end;
    }
    return out;
  }

  void write_table(std::string_view table, const std::map<ir::Hook, ChainId>& bases) {
    names_.clear();
    taken_.clear();
    helpers_.clear();
    head_ = "*" + std::string(table) + "\n";
    body_.clear();
    lines_.clear();
    const std::set<ChainId> users = reached(bases);
    for (const auto& [hook, id] : bases) names_[id] = ir::hook_chain_name(hook);
    for (const ChainId id : users) names_[id] = unique(ruleset_.chain(id).name);
    for (const auto& [hook, id] : bases) {
      const bool drops = ruleset_.chain(id).base->policy == ir::VerdictKind::kDrop;
      head_ += ":" + names_[id] + (drops ? " DROP" : " ACCEPT") + " [0:0]\n";
    }
    for (const ChainId id : users) head_ += ":" + names_[id] + " - [0:0]\n";
    for (const auto& [hook, id] : bases) write_chain(id);
    for (const ChainId id : users) write_chain(id);
    for (const std::string& name : helpers_) head_ += ":" + name + " - [0:0]\n";
    out_.text += head_;
    auto line = static_cast<std::uint32_t>(std::count(out_.text.begin(), out_.text.end(), '\n'));
    for (const ir::RuleRef& ref : lines_) out_.rule_of_line[++line] = ref;
    out_.text += body_ + "COMMIT\n";
  }

  void write_chain(ChainId id) {
    tests_.read_chain(id);
    const std::vector<ir::Rule>& rules = ruleset_.chain(id).rules;
    for (std::uint32_t i = 0; i < rules.size(); ++i) {
      const ir::Rule& rule = rules[i];
      ++out_.rules;
      const ir::RuleRef ref{id, i};
      if (tests_.is_said(ref)) continue;
      IptablesRule made =
          iptables_rule(ruleset_, ref, tests_, family_, [this](ChainId chain) { return names_[chain]; });
      if (made.stateful && tables_of_[id] > 1 && made.problem.empty())
        made.problem =
            "a test that keeps a state, in a chain that several tables of iptables would have each for itself";
      if (const auto refused = options_.refused.find(ref); refused != options_.refused.end() && made.problem.empty())
        made.problem = refused->second;
      if (!made.problem.empty()) {
        fail(rule.span, made.problem, 1);
        out_.left_out.push_back(ref);
        lines_.push_back(ref);
        body_ += "# not translated: rule " + std::to_string(rule.nft_number) + " of " + names_[id] + ": " +
                 made.problem + "\n";
        continue;
      }
      const std::size_t before = body_.size();
      write_rule(names_[id], rule, made);
      lines_.insert(
          lines_.end(),
          static_cast<std::size_t>(std::count(body_.begin() + static_cast<std::ptrdiff_t>(before), body_.end(), '\n')),
          ref);
    }
  }

  /// Several targets take a chain of their own.
  void write_rule(const std::string& chain, const ir::Rule& rule, const IptablesRule& made) {
    if (made.matches.empty()) return;  // no packet of this family
    if (made.once && !made.targets.empty()) return write_once(chain, rule, made);
    std::string target = made.targets.empty() ? "" : made.targets[0];
    if (made.targets.size() > 1) {
      const bool leaves = rule.verdict.kind == ir::VerdictKind::kReturn || rule.verdict.kind == ir::VerdictKind::kGoto;
      const std::string helper = unique(chain + "." + std::to_string(rule.nft_number));
      helpers_.push_back(helper);
      target = (leaves ? " -g " : " -j ") + helper;
      helper_rules(helper, made.targets);
    }
    for (const std::string& match : made.matches) body_ += counters(rule) + "-A " + chain + match + target + "\n";
  }

  /// The rule does not decide: behind the helpers the packet goes on.
  void write_once(const std::string& chain, const ir::Rule& rule, const IptablesRule& made) {
    const std::string fork = unique(chain + "." + std::to_string(rule.nft_number));
    const std::string then = unique(fork + ".then");
    helpers_.push_back(fork);
    helpers_.push_back(then);
    helper_rules(then, made.targets);
    for (const std::string& match : made.matches) body_ += "-A " + fork + match + " -g " + then + "\n";
    body_ += counters(rule) + "-A " + chain + " -j " + fork + "\n";
  }

  void helper_rules(const std::string& helper, const std::vector<std::string>& targets) {
    for (const std::string& target : targets) later_ += "-A " + helper + target + "\n";
    body_ += std::exchange(later_, {});
  }

  [[nodiscard]] std::string counters(const ir::Rule& rule) const {
    if (!options_.counters) return "";
    std::string out;
    ir::append_counters(out, rule.counters.value_or(ir::Counters{}));
    return out + " ";
  }

  const ir::Ruleset& ruleset_;
  ir::Family family_;
  const IptablesOptions& options_;
  IptablesTranslation& out_;
  IptablesTests tests_;
  std::map<ChainId, std::string> names_;
  std::map<ChainId, std::size_t> tables_of_;  ///< how many tables of iptables lead to a chain
  std::set<std::pair<std::tuple<source::FileId, std::uint32_t, std::uint32_t>, std::string>> told_;
  std::set<std::string> taken_;
  std::vector<std::string> helpers_;
  std::string head_, body_, later_;
  std::vector<ir::RuleRef> lines_;  ///< whose each line of the body is
};

}  // namespace

IptablesTranslation to_iptables(const ir::Ruleset& ruleset, ir::Family family, const IptablesOptions& options) {
  IptablesTranslation out;
  SaveOptions save;
  save.counters = options.counters;
  for (std::size_t i = 0; i < ruleset.tables.size(); ++i) {
    const ir::Table& table = ruleset.tables[i];
    if (table.nft || table.family != family) continue;
    out.text += save_table_text(ruleset, ir::TableId{static_cast<std::uint32_t>(i)}, save);
    for (const ChainId id : table.chains) out.rules += ruleset.chain(id).rules.size();
  }
  Writer(ruleset, family, options, out).run();
  return out;
}

}  // namespace nfproof::backends
