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
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <variant>

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

/// The chains where later fragments may come by: none in a family that tracks connections; in IPv4 none that only
/// INPUT leads to, since local delivery puts fragments together.
std::vector<bool> chains_with_fragments(const ir::Ruleset& ruleset) {
  const auto index = [](ChainId id) { return static_cast<std::size_t>(id); };
  std::vector<bool> found(ruleset.chains.size());
  for (const ir::Family family : {ir::Family::kIpv4, ir::Family::kIpv6, ir::Family::kInet}) {
    bool tracks = false;
    std::vector<std::size_t> work;
    for (std::size_t i = 0; i < ruleset.chains.size(); ++i) {
      const ir::Chain& chain = ruleset.chains[i];
      if (ruleset.table(chain.table).family != family) continue;
      tracks = tracks || std::any_of(chain.rules.begin(), chain.rules.end(),
                                     [&](const ir::Rule& rule) { return uses_conntrack(ruleset, rule); });
      if (chain.base && !(family == ir::Family::kIpv4 && chain.base->hook == ir::Hook::kInput)) work.push_back(i);
    }
    if (tracks) continue;
    while (!work.empty()) {
      const std::size_t i = work.back();
      work.pop_back();
      if (found[i]) continue;
      found[i] = true;
      for (const ir::Rule& rule : ruleset.chains[i].rules) {
        const auto kind = rule.verdict.kind;
        if (kind == ir::VerdictKind::kJump || kind == ir::VerdictKind::kGoto) work.push_back(index(rule.verdict.chain));
      }
    }
  }
  return found;
}

std::string base_chain_head(const ir::Table& table, const ir::BaseChain& base) {
  const ir::HookRow* row = ir::find_hook_row(table.name, ir::hook_chain_name(base.hook));
  const std::string type(ir::chain_type_name(base.type));
  const bool standard = row != nullptr && row->priority == base.priority;
  return "type " + type + " hook " + std::string(ir::hook_nft_name(base.hook)) + " priority " +
         (standard ? std::string(row->nft_priority) : std::to_string(base.priority)) + "; policy " +
         (base.policy == ir::VerdictKind::kDrop ? "drop" : "accept") + ";";
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

/// Most chains that a packet may be in at once, gotos counted (NFT_JUMP_STACK_SIZE of
/// include/net/netfilter/nf_tables.h).
constexpr unsigned kMostLevels = 16;

/// Does nft take the chains that the base chain leads to? Only called chains count, so this ends for loops too.
bool fits_jump_stack(const std::unordered_map<std::string, const NftChain*>& chains, const NftChain& base) {
  std::unordered_set<std::string> level = {base.name};
  for (unsigned depth = 0; depth < kMostLevels; ++depth) {
    std::unordered_set<std::string> next;
    for (const std::string& name : level) {
      const auto found = chains.find(name);
      if (found != chains.end()) next.insert(found->second->leads_to.begin(), found->second->leads_to.end());
    }
    if (next.empty()) return true;
    level = std::move(next);
  }
  return false;
}

void check_depth(const ir::Ruleset& ruleset, const std::deque<NftChain>& chains,
                 const std::vector<std::pair<const NftChain*, ChainId>>& bases, source::Diagnostics& diagnostics) {
  std::unordered_map<std::string, const NftChain*> by_name;
  for (const NftChain& chain : chains) by_name.emplace(chain.name, &chain);
  for (const auto& [base, id] : bases) {
    if (fits_jump_stack(by_name, *base)) continue;
    diagnostics.error("no-translation", ruleset.chain(id).span,
                      "chains are called more than " + std::to_string(kMostLevels - 1) + " levels deep from `" +
                          ruleset.chain(id).name + "`, which nftables refuses");
  }
}

void print_chain(const NftChain& chain, std::string& out) {
  out += "\n  chain " + chain.name + " {\n";
  if (!chain.head.empty()) out += "    " + chain.head + "\n";
  for (const std::string& line : chain.lines) out += "    " + line + "\n";
  out += "  }\n";
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

}  // namespace

NftTranslation to_nft(const ir::Ruleset& ruleset, const NftOptions& options) {
  NftTranslation out;
  out.rules = ruleset.rule_count();
  out.text = header(options);
  const std::size_t after_header = out.text.size();
  Naming naming = name_chains(ruleset, out.diagnostics);
  const std::vector<bool> fragments = chains_with_fragments(ruleset);
  for (std::size_t t = 0; t < ruleset.tables.size(); ++t) {
    const ir::Table& table = ruleset.tables[t];
    const std::string name =
        "table " + std::string(family_word(table.family)) + " " + options.table_prefix + table.name;
    // `delete` fails for a table that is not there, so it is made first.
    out.text += "\n" + name + "\ndelete " + name + "\n" + name + " {";
    NftRules rules(ruleset, naming.chains, naming.tables[t], options, out);
    std::deque<NftChain> chains;
    std::vector<std::pair<const NftChain*, ChainId>> bases;
    for (const ChainId id : table.chains) {
      std::deque<NftChain> written = rules.write_chain(id, fragments[static_cast<std::size_t>(id)]);
      const std::size_t first = chains.size();
      std::move(written.begin(), written.end(), std::back_inserter(chains));
      const auto& base = ruleset.chain(id).base;
      if (!base) continue;
      chains[first].head = base_chain_head(table, *base);
      bases.emplace_back(&chains[first], id);
    }
    check_depth(ruleset, chains, bases, out.diagnostics);
    for (const NftChain& chain : chains) print_chain(chain, out.text);
    out.text += "}\n";
  }
  if (out.text.find(kNftNoFragment) != std::string::npos) out.text.insert(after_header, fragment_note());
  return out;
}

}  // namespace nfproof::backends
