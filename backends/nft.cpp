// SPDX-License-Identifier: Apache-2.0
// Tables and chains of the nftables text; `nft_rule.h` writes the rules.
//
// Tables get names of their own (`nfproof_filter`), because iptables-nft keeps its rules in tables that are called as
// those of xtables: a text that replaced `ip filter` would destroy rules of other programs, and iptables-nft would
// refuse to touch that table from then on. Names of chains stay.
#include "backends/nft.h"

#include <algorithm>
#include <deque>
#include <iterator>
#include <utility>
#include <variant>

#include "backends/nft_inet.h"
#include "backends/nft_optimize.h"
#include "backends/nft_rule.h"

namespace nfproof::backends {
namespace {

using ir::ChainId;
using ir::FieldId;

std::string_view family_word(ir::Family family) {
  switch (family) {
    case ir::Family::kIpv4: return "ip";
    case ir::Family::kIpv6: return "ip6";
    case ir::Family::kInet: return "inet";
  }
  return "";
}

bool is_conntrack(const ir::Predicate& predicate) {
  const auto* test = std::get_if<ir::FieldTest>(&predicate);
  return test != nullptr && ir::field_info(test->field).nft.substr(0, 3) == "ct ";
}

/// Does the rule make the kernel track connections? Then fragments are put together before any rule sees them.
bool uses_conntrack(const ir::Ruleset& ruleset, const ir::Rule& rule) {
  for (const ir::Condition& condition : rule.when) {
    const ir::Predicate& predicate = ruleset.predicates[condition.predicate];
    if (is_conntrack(predicate)) return true;
    const auto* any = std::get_if<ir::AnyOf>(&predicate);
    if (any == nullptr) continue;
    for (const ir::PredicateId id : any->any) {
      if (is_conntrack(ruleset.predicates[id])) return true;
    }
  }
  return std::any_of(rule.effects.begin(), rule.effects.end(), [](const ir::Effect& effect) {
    if (const auto* set = std::get_if<ir::SetField>(&effect)) return set->field == FieldId::kCtMark;
    return std::holds_alternative<ir::CopyMark>(effect) || std::holds_alternative<ir::Nat>(effect);
  });
}

/// For each chain the hooks (1 << Hook) whose base chains lead to it.
std::vector<std::uint8_t> hooks_of_chains(const ir::Ruleset& ruleset) {
  std::vector<std::uint8_t> hooks(ruleset.chains.size());
  std::vector<std::pair<std::size_t, std::uint8_t>> work;
  for (std::size_t i = 0; i < ruleset.chains.size(); ++i) {
    const auto& base = ruleset.chains[i].base;
    if (base) work.emplace_back(i, static_cast<std::uint8_t>(1U << static_cast<unsigned>(base->hook)));
  }
  while (!work.empty()) {
    const auto [i, from] = work.back();
    work.pop_back();
    if ((hooks[i] | from) == hooks[i]) continue;
    hooks[i] |= from;
    for (const ir::Rule& rule : ruleset.chains[i].rules) {
      const auto kind = rule.verdict.kind;
      if (kind == ir::VerdictKind::kJump || kind == ir::VerdictKind::kGoto)
        work.emplace_back(static_cast<std::size_t>(rule.verdict.chain), from);
    }
  }
  return hooks;
}

/// The families whose rules make the kernel track connections.
std::vector<ir::Family> tracking_families(const ir::Ruleset& ruleset) {
  std::vector<ir::Family> out;
  for (const ir::Chain& chain : ruleset.chains) {
    const ir::Family family = ruleset.table(chain.table).family;
    if (std::find(out.begin(), out.end(), family) != out.end()) continue;
    if (std::any_of(chain.rules.begin(), chain.rules.end(),
                    [&](const ir::Rule& rule) { return uses_conntrack(ruleset, rule); }))
      out.push_back(family);
  }
  return out;
}

/// May later fragments come by? Not where connections are tracked; in IPv4 not where only INPUT leads to, since local
/// delivery puts fragments together.
bool meets_fragments(ir::Family family, std::uint8_t hooks, const std::vector<ir::Family>& tracking) {
  if (std::find(tracking.begin(), tracking.end(), family) != tracking.end()) return false;
  const unsigned input = 1U << static_cast<unsigned>(ir::Hook::kInput);
  return (family == ir::Family::kIpv4 ? hooks & ~input : hooks) != 0;
}

void set_base(const ir::Table& table, const ir::BaseChain& base, NftChain& chain) {
  const ir::HookRow* row = ir::find_hook_row(table.name, ir::hook_chain_name(base.hook));
  const bool standard = row != nullptr && row->priority == base.priority;
  chain.type = ir::chain_type_name(base.type);
  chain.hook = ir::hook_nft_name(base.hook);
  chain.priority = standard ? std::string(row->nft_priority) : std::to_string(base.priority);
  chain.policy_drop = base.policy == ir::VerdictKind::kDrop;
}

/// Names of all chains, and for each table the names it has in use.
struct Naming {
  std::vector<std::string> chains;
  std::vector<NftNames> tables;
};

Naming name_chains(const ir::Ruleset& ruleset, source::Diagnostics& diagnostics) {
  Naming naming{std::vector<std::string>(ruleset.chains.size()), std::vector<NftNames>(ruleset.tables.size())};
  // Names that nft takes go first, so that a new name never collides with one that is written.
  for (const bool plain : {true, false}) {
    for (std::size_t i = 0; i < ruleset.chains.size(); ++i) {
      const ir::Chain& chain = ruleset.chains[i];
      if (is_nft_name(chain.name) != plain) continue;
      naming.chains[i] = naming.tables[static_cast<std::size_t>(chain.table)].make(chain.name);
      if (naming.chains[i] == chain.name) continue;
      diagnostics.warning("chain-renamed", chain.span,
                          "chain `" + chain.name + "` is called `" + naming.chains[i] +
                              "` in the translation: nftables does not take the name");
    }
  }
  return naming;
}

void check_depth(const ir::Ruleset& ruleset, const NftTable& table, ir::TableId id, source::Diagnostics& diagnostics) {
  for (const NftChain& base : table.chains) {
    const auto origin = base.hook.empty() ? std::nullopt : ruleset.find_chain(id, base.name);
    if (!origin || nft_fits_jump_stack(table, base)) continue;
    diagnostics.error("no-translation", ruleset.chain(*origin).span,
                      "chains are called more than " + std::to_string(kNftMostLevels - 1) + " levels deep from `" +
                          ruleset.chain(*origin).name + "`, which nftables refuses");
  }
}

std::string header(const NftOptions& options) {
  std::string from = options.source.empty() ? "" : " from " + options.source;
  std::replace_if(
      from.begin(), from.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
  return "#!/usr/sbin/nft -f\n# Made by nfproof" + from +
         ".\n# Loading it replaces the tables below at once and touches no other.\n";
}

/// What a reader cannot know.
std::string fragment_note() {
  return "# `" + std::string(kNftNoFragment) + "`: the transport header is there, the packet is no later fragment.\n";
}

/// What all tables have in common.
struct Job {
  const ir::Ruleset& ruleset;
  const NftOptions& options;
  NftTranslation& out;
  Naming naming;
  std::vector<std::uint8_t> hooks;
  std::vector<ir::Family> tracking;
  NftUses uses;
};

/// The priority right behind conntrack.
constexpr int kBehindConntrack = ir::kPriorityConntrack + 1;

void add_behind_conntrack(NftObjects& objects, NftNames& names, NftTable& table) {
  for (auto& [hook, lines] : objects.behind_conntrack()) {
    NftChain& chain = table.chains.emplace_back();
    chain.name = names.make("helpers_" + std::string(ir::hook_nft_name(hook)));
    chain.type = "filter";
    chain.hook = ir::hook_nft_name(hook);
    chain.priority = std::to_string(kBehindConntrack);
    chain.lines = std::move(lines);
  }
}

NftTable translate_table(Job& job, std::size_t index) {
  const ir::Table& from = job.ruleset.tables[index];
  NftTable table;
  table.family = family_word(from.family);
  table.name = (from.nft ? "" : job.options.table_prefix) + from.name;  // nftables: the table that it replaces
  table.comment = from.comment, table.dormant = from.dormant, table.half = from.half;
  NftObjects objects(job.uses, job.options.sets, from, table);
  NftRules rules(job.ruleset, job.naming.chains, job.naming.tables[index], objects, job.options, job.out);
  for (const ChainId id : from.chains) {
    const std::uint8_t hooks = job.hooks[static_cast<std::size_t>(id)];
    std::deque<NftChain> written = rules.write_chain(id, meets_fragments(from.family, hooks, job.tracking), hooks);
    const ir::Chain& chain = job.ruleset.chain(id);
    if (const auto& base = from.dormant ? chain.asleep : chain.base) set_base(from, *base, written.front());
    written.front().comment = chain.comment;
    std::move(written.begin(), written.end(), std::back_inserter(table.chains));
  }
  add_behind_conntrack(objects, job.naming.tables[index], table);
  check_depth(job.ruleset, table, ir::TableId{static_cast<std::uint32_t>(index)}, job.out.diagnostics);
  return table;
}

}  // namespace

NftTranslation to_nft(const ir::Ruleset& ruleset, const NftOptions& options) {
  NftTranslation out;
  out.rules = ruleset.rule_count();
  Job job{ruleset,
          options,
          out,
          name_chains(ruleset, out.diagnostics),
          hooks_of_chains(ruleset),
          tracking_families(ruleset),
          NftUses(ruleset)};
  for (std::size_t t = 0; t < ruleset.tables.size(); ++t) out.tables.push_back(translate_table(job, t));
  nft_merge_families(out.tables, options.inet);
  if (options.optimize)
    for (NftTable& table : out.tables) nft_optimize(table, options.divide);
  out.text = header(options);
  const std::size_t after_header = out.text.size();
  for (const NftTable& table : out.tables) append_table_text(table, out.text);
  if (out.text.find(kNftNoFragment) != std::string::npos) out.text.insert(after_header, fragment_note());
  return out;
}

}  // namespace nfproof::backends
