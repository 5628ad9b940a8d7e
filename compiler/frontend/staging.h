// SPDX-License-Identifier: Apache-2.0
// Tables while a file is read: chains can still be flushed, renamed and deleted, rules inserted and deleted, as the
// commands of restore input do. `commit` moves the result into a ruleset, whose ids never change afterwards.
#pragma once

#include <deque>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "compiler/frontend/command.h"
#include "compiler/ir/ruleset.h"
#include "compiler/source/diagnostic.h"

namespace nfproof::compiler {

/// A chain to which rules can still be added at any place, also at the beginning of a long one.
struct StagedChain {
  std::string name;
  std::optional<ir::BaseChain> base;
  ir::Counters counters;
  source::Span span;
  bool declared = true;
  std::deque<ir::Rule> rules;
};

class StagedTable {
 public:
  /// Starts with the built-in chains of the table, empty and with policy ACCEPT.
  StagedTable(std::string name, ir::Family family, source::Span span);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] source::Span span() const { return span_; }

  /// A line `:CHAIN POLICY [PACKETS:BYTES]`, as its fields.
  void declare(const std::vector<Word>& fields, source::Span line, source::Diagnostics& diagnostics);
  /// A command, as iptables-restore executes it. A rule's counters before the command take the place of `-c`.
  void execute(Command command, std::optional<ir::Counters> counters, source::Span line,
               source::Diagnostics& diagnostics);

  void commit(ir::Ruleset& ruleset);

 private:
  [[nodiscard]] StagedChain* find(std::string_view name);
  StagedChain& create(std::string_view name, source::Span span, bool declared);
  /// The chain of a rule; made with a warning when nothing declared it. Null after an error.
  StagedChain* chain_for_rule(const Word& name, source::Diagnostics& diagnostics);
  StagedChain* existing(const Word& name, source::Diagnostics& diagnostics);
  void set_policy(StagedChain& chain, const Word& policy, source::Diagnostics& diagnostics);
  void insert(Command& command, source::Diagnostics& diagnostics);
  void remove(const Command& command, source::Diagnostics& diagnostics);
  void replace(Command& command, source::Diagnostics& diagnostics);
  void flush(const Word& name, source::Diagnostics& diagnostics);
  void new_chain(const Word& name, source::Diagnostics& diagnostics);
  void delete_chain(const Word& name, source::Diagnostics& diagnostics);
  void rename(const Word& from, const Word& to, source::Diagnostics& diagnostics);
  void zero(const Command& command, source::Diagnostics& diagnostics);

  std::string name_;
  ir::Family family_{};
  source::Span span_;
  std::list<StagedChain> chains_;
  std::unordered_map<std::string, std::list<StagedChain>::iterator> by_name_;
};

}  // namespace nfproof::compiler
