// SPDX-License-Identifier: Apache-2.0
// Tables to which commands can still be applied: chains are flushed, renamed and deleted, rules inserted and deleted.
// `commit` moves the result into a ruleset, `copy_to` copies it; the ids of a ruleset never change afterwards.
#pragma once

#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "compiler/frontend/command.h"
#include "compiler/frontend/rule_list.h"
#include "compiler/ir/ruleset.h"
#include "compiler/source/diagnostic.h"

namespace nfproof::compiler {

/// ACCEPT, DROP, QUEUE or RETURN: what a rule jumps to and no chain is called.
[[nodiscard]] bool is_verdict(std::string_view name);

/// What iptables says of names that its kernel does not know.
inline constexpr const char* kNoSuchName = "No chain/target/match by that name";

/// A chain to which rules can still be added at any place, also at the beginning of a long one.
struct StagedChain {
  std::string name;
  std::optional<ir::BaseChain> base;
  ir::Counters counters;
  source::Span span;
  bool declared = true;
  bool counted = false;  ///< a command gave the policy its counters since the last `settle`
  RuleList rules;
};

/// How commands are taken. `kFile`: a file is read that somebody will load, so that as much as possible of it is
/// understood. `kLive`: as iptables applies them to the kernel's tables; whatever is wrong is refused.
enum class StagingMode : std::uint8_t { kFile, kLive };

class StagedTable {
 public:
  /// Starts with the built-in chains of the table, empty and with policy ACCEPT.
  StagedTable(std::string name, ir::Family family, source::Span span, StagingMode mode = StagingMode::kFile);
  StagedTable(const StagedTable& other);
  StagedTable(StagedTable&&) = default;
  StagedTable& operator=(const StagedTable& other);
  StagedTable& operator=(StagedTable&&) = default;
  ~StagedTable() = default;

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] ir::Family family() const { return family_; }
  [[nodiscard]] source::Span span() const { return span_; }
  /// Built-in chains in the order of the hooks, then user chains by name.
  [[nodiscard]] std::vector<const StagedChain*> chains() const;
  [[nodiscard]] const StagedChain* find(std::string_view name) const;
  /// How many rules jump to each chain that is jumped to.
  [[nodiscard]] std::unordered_map<std::string_view, std::size_t> references() const;

  /// A line `:CHAIN POLICY [PACKETS:BYTES]`, as its fields.
  void declare(const std::vector<Word>& fields, source::Span line, source::Diagnostics& diagnostics);
  /// A command, as iptables-restore executes it. A rule's counters before the command take the place of `-c`.
  void execute(Command command, std::optional<ir::Counters> counters, source::Span line,
               source::Diagnostics& diagnostics);

  /// Gives the targets of the command's rules their meaning in this table, as `execute` does in live mode. False after
  /// an error.
  [[nodiscard]] bool resolve_targets(Command& command, source::Diagnostics& diagnostics) const;
  /// Makes an empty user chain; false when there cannot be one of that name.
  [[nodiscard]] bool make_chain(const Word& name);
  /// Empties the chain; false when there is none.
  [[nodiscard]] bool flush_chain(const Word& name);

  /// Is the table as the last commands left it one that the kernel takes? Where it is not, they are taken back and
  /// told as an error at `line`. Only what can have changed the answer is looked at, unless `everything`. Policies that
  /// got no counters since the last time lose theirs, as with iptables: it carries over those of rules alone.
  [[nodiscard]] bool settle(source::Span line, source::Diagnostics& diagnostics, bool everything = false);

  /// Takes the table as it is, without asking what the kernel would say.
  void accept() {
    changes_.clear();
    touched_ = false;
  }

  void commit(ir::Ruleset& ruleset);
  void copy_to(ir::Ruleset& ruleset) const;

 private:
  /// A rule that was put in or (`rule` is set) taken out.
  struct Change {
    StagedChain* chain = nullptr;
    std::size_t index = 0;
    std::optional<ir::Rule> rule;
  };

  [[nodiscard]] StagedChain* find(std::string_view name);
  void put(StagedChain& chain, std::size_t index, ir::Rule rule);
  void take(StagedChain& chain, std::size_t index);
  void take_back();
  void zero_policies();
  /// Do the changes since the last `settle` leave the kernel's answer as it was?
  [[nodiscard]] bool changes_are_harmless() const;
  /// Gives the target of a rule its meaning in this table: a chain, where there is one of that name. False after an
  /// error.
  [[nodiscard]] bool resolve_target(ir::Rule& rule, source::Diagnostics& diagnostics) const;
  void append(Command& command, source::Diagnostics& diagnostics);
  void check(const Command& command, source::Diagnostics& diagnostics);
  StagedChain& create(std::string_view name, source::Span span, bool declared);
  /// The chain of a rule; made with a warning when nothing declared it. Null after an error.
  StagedChain* chain_for_rule(const Word& name, source::Diagnostics& diagnostics);
  StagedChain* existing(const Word& name, source::Diagnostics& diagnostics, std::string_view tool = {});
  void set_policy(StagedChain& chain, const Word& policy, source::Diagnostics& diagnostics);
  void policy(const Command& command, source::Diagnostics& diagnostics);
  void insert(Command& command, source::Diagnostics& diagnostics);
  void remove(const Command& command, source::Diagnostics& diagnostics);
  void remove_rule(StagedChain& chain, const ir::Rule& rule, source::Diagnostics& diagnostics);
  void replace(Command& command, source::Diagnostics& diagnostics);
  void flush(const Word& name, source::Diagnostics& diagnostics);
  void new_chain(const Word& name, source::Diagnostics& diagnostics);
  void delete_chain(const Word& name, source::Diagnostics& diagnostics);
  void delete_all_chains(source::Span line, source::Diagnostics& diagnostics);
  void rename(const Word& from, const Word& to, source::Diagnostics& diagnostics);
  void zero(const Command& command, source::Diagnostics& diagnostics);

  std::string name_;
  ir::Family family_{};
  source::Span span_;
  StagingMode mode_;
  std::vector<Change> changes_;  ///< since the last `settle`, in live mode
  bool touched_ = false;         ///< by a command since the last `settle`, be it without effect
  std::list<StagedChain> chains_;
  std::unordered_map<std::string_view, std::list<StagedChain>::iterator> by_name_;  ///< by the names in `chains_`
};

}  // namespace nfproof::compiler
