// SPDX-License-Identifier: Apache-2.0
// The ruleset: tables, chains and rules of one host, each rule with its surface (what was written) and its core (what
// it means, `core.h`). Made by a frontend, read by everybody.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/ir/core.h"
#include "compiler/ir/hook.h"
#include "compiler/ir/nft_surface.h"
#include "compiler/ir/text.h"
#include "compiler/source/span.h"

namespace nfproof::ir {

/// Of a rule or a policy, as `iptables-save -c` shows them.
struct Counters {
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
  friend bool operator==(const Counters&, const Counters&) = default;
};

/// A match or target as it was written. `arguments` is the canonical text after `-m NAME` or `-j NAME`.
struct ModuleUse {
  Text name;
  Text arguments;
  source::Span span;  ///< from `-m`/`-j` (or the first option, when the match was implied) to the last argument
};

/// Where a predicate of a rule comes from: the basic options or one of the matches.
struct Condition {
  static constexpr std::uint16_t kBasic = 0xffff;
  PredicateId predicate{};
  std::uint16_t match = kBasic;  ///< index into `Rule::matches`, or kBasic
};

/// A rule as it was written (surface) and as it is understood (core).
struct Rule {
  // Surface.
  source::Span span;        ///< the whole rule in its line
  source::Span basic_span;  ///< the basic options; unknown when there are none
  Text basic;               ///< canonical text of the basic options: `-s 10.0.0.0/8 -i eth0 -p tcp`
  std::vector<ModuleUse> matches;
  std::optional<ModuleUse> target;  ///< nothing for a rule that only counts; for jumps `name` is the chain
  Text comment;                     ///< of `-m comment`, decoded; several are joined by a blank
  std::optional<Counters> counters;
  /// Of nftables: which rule of its chain this is, from 1. What the core cannot say in one rule (a verdict map) is said
  /// in several of one number; `basic` is the text of the whole rule then, and `matches` are its expressions. 0: the
  /// rule is one of xtables, and its number is its place.
  std::uint32_t nft_number = 0;
  /// Of nftables: the whole rule, shared by all of one number; null where nft makes something else of it.
  std::shared_ptr<const NftWritten> written;

  // Core.
  std::vector<Condition> when;
  std::vector<Effect> effects;
  Verdict verdict;
};

/// What makes a chain a base chain.
struct BaseChain {
  Hook hook{};
  int priority = 0;
  VerdictKind policy = VerdictKind::kAccept;  ///< kAccept or kDrop
  ChainType type = ChainType::kFilter;
};

/// A built-in chain (with `base`) or a user chain.
struct Chain {
  std::string name;
  TableId table{};
  std::optional<BaseChain> base;
  std::optional<BaseChain> asleep;  ///< instead of `base` in a table that is dormant
  Text comment;
  Counters counters;     ///< of the policy; zero for user chains
  source::Span span;     ///< the declaration
  bool declared = true;  ///< false when only rules or jumps name it
  std::vector<Rule> rules;
};

struct Table {
  std::string name;
  Family family{};
  source::Span span;
  std::vector<ChainId> chains;  ///< in order of declaration
  Text comment = {};
  bool dormant = false;                    ///< of nftables: no packet meets its chains
  bool half = false;                       ///< one family of a table for both
  std::vector<NftDeclared> declared = {};  ///< of nftables
  bool nft = false;  ///< written in the syntax of nftables, which also decides what cut headers do
};

/// A rule by its place. `index` counts from 0; `Ruleset::number_of` is what people call it. The place one past the last
/// rule of a base chain stands for its policy.
struct RuleRef {
  ChainId chain{};
  std::uint32_t index = 0;
  friend auto operator<=>(const RuleRef&, const RuleRef&) = default;
};

class Ruleset {
 public:
  std::vector<Table> tables;
  std::vector<Chain> chains;
  PredicatePool predicates;

  TableId add_table(Table table);
  /// Adds a chain to its table. For a built-in chain of xtables `base` is filled in from the hook table.
  ChainId add_chain(Chain chain);

  [[nodiscard]] Table& table(TableId id) { return tables[static_cast<std::size_t>(id)]; }
  [[nodiscard]] const Table& table(TableId id) const { return tables[static_cast<std::size_t>(id)]; }
  [[nodiscard]] Chain& chain(ChainId id) { return chains[static_cast<std::size_t>(id)]; }
  [[nodiscard]] const Chain& chain(ChainId id) const { return chains[static_cast<std::size_t>(id)]; }
  [[nodiscard]] const Table& table_of(ChainId id) const { return table(chain(id).table); }
  /// Null for the place of a policy.
  [[nodiscard]] const Rule* rule(RuleRef ref) const;

  /// The number of a rule in its chain, from 1, as listings print it.
  [[nodiscard]] std::uint32_t number_of(RuleRef ref) const;

  /// Does the chain set up address translation? Of user chains: those of the table `nat` do.
  [[nodiscard]] bool translates(ChainId id) const;
  /// Is it run before connections are tracked? Of user chains: can it be?
  [[nodiscard]] bool before_tracking(ChainId id) const;
  /// Is it where people look for what is let through: the table `filter`, a filter chain of nftables at its priority?
  [[nodiscard]] bool filters(ChainId id) const;

  [[nodiscard]] std::optional<TableId> find_table(Family family, std::string_view name) const;
  [[nodiscard]] std::optional<ChainId> find_chain(TableId table, std::string_view name) const;

  /// The base chains that a packet of the family meets at a hook, in order of priority.
  [[nodiscard]] std::vector<ChainId> base_chains(Family packet_family, Hook hook) const;
  [[nodiscard]] std::size_t rule_count() const;

 private:
  std::vector<std::unordered_map<std::string, ChainId>> names_;  ///< for each table
};

}  // namespace nfproof::ir
