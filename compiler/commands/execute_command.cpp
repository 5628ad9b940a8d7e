// SPDX-License-Identifier: Apache-2.0
// Commands and their output: see execute_command.h.
#include "compiler/commands/execute_command.h"

#include "compiler/commands/listing.h"
#include "compiler/ir/rule_text.h"

namespace nfproof::compiler {
namespace {

bool names(std::string_view wanted, const StagedChain& chain) {
  return wanted.data() == nullptr || wanted == chain.name;
}

void no_such_chain(const Command& command, source::Span line, source::Diagnostics& diagnostics) {
  diagnostics
      .error("unknown-chain", command.chain.text.empty() ? line : command.chain.span,
             "there is no chain `" + std::string(command.chain.text) + '`')
      .tool = {source::ToolMessage::Form::kFailure, "No chain/target/match by that name"};
}

std::string counters_option(const ir::Counters& counters) {
  return " -c " + std::to_string(counters.packets) + ' ' + std::to_string(counters.bytes);
}

/// What `iptables -L` prints; false when there is no such chain.
bool append_listing(std::string& out, const StagedTable& table, const Command& command) {
  ListFormat format;
  format.counters = command.flags.verbose != 0;
  format.numeric = command.flags.numeric;
  format.exact = command.flags.exact;
  format.line_numbers = command.flags.line_numbers;
  const auto references = table.references();
  bool found = false;
  for (const StagedChain* chain : table.chains()) {
    if (!names(command.chain.text, *chain)) continue;
    if (found) out += '\n';
    found = true;
    const auto count = references.find(chain->name);
    const ListedChain listed{chain->name, chain->base ? &*chain->base : nullptr, chain->counters,
                             count == references.end() ? 0 : count->second};
    if (command.number == 0) append_list_header(out, listed, format);
    const RulePlace place{table.family(), table.name(), chain->name};
    for (std::size_t i = 0; i < chain->rules.size(); ++i) {
      if (command.number != 0 && command.number != i + 1) continue;
      const ir::Rule& rule = chain->rules[i];
      append_list_rule(out, rule, rule.counters.value_or(ir::Counters{}), i + 1, place, format);
    }
  }
  return found;
}

/// With -v iptables shows the rules it is about to add, delete or look for.
void show_rules(const StagedTable& table, const Command& command, std::string& out) {
  ListFormat format;
  format.numeric = true;
  format.one_line = true;
  for (const ir::Rule& rule : command.rules)
    append_list_rule(out, rule, {}, 0, {table.family(), table.name(), command.chain.text}, format);
}

/// With -v iptables names the chains it is about to flush, zero or delete.
void show_chains(const StagedTable& table, const Command& command, std::string& out) {
  const char* what = nullptr;
  if (command.verb == Verb::kFlush) what = "Flushing";
  if (command.verb == Verb::kDeleteChain) what = "Deleting";
  if (command.verb == Verb::kZero && command.number == 0) what = "Zeroing";
  if (what == nullptr) return;
  const auto show = [&](std::string_view name) { out += std::string(what) + " chain `" + std::string(name) + "'\n"; };
  if (command.chain.text.data() != nullptr) return show(command.chain.text);
  for (const StagedChain* chain : table.chains())
    if (command.verb != Verb::kDeleteChain || !chain->base) show(chain->name);
}

}  // namespace

bool append_rules_listing(std::string& out, const StagedTable& table, std::string_view chain_name, std::uint32_t number,
                          bool counters) {
  bool found = false;
  for (const StagedChain* chain : table.chains()) {
    if (!names(chain_name, *chain)) continue;
    found = true;
    if (number != 0) continue;
    out += chain->base ? "-P " + chain->name + ' ' + std::string(ir::verdict_name(chain->base->policy))
                       : "-N " + chain->name;
    if (counters && chain->base) out += counters_option(chain->counters);
    out += '\n';
  }
  for (const StagedChain* chain : table.chains()) {
    if (!names(chain_name, *chain)) continue;
    for (std::size_t i = 0; i < chain->rules.size(); ++i) {
      if (number != 0 && number != i + 1) continue;
      const ir::Rule& rule = chain->rules[i];
      ir::append_rule_matches(out, chain->name, rule);
      if (counters) out += counters_option(rule.counters.value_or(ir::Counters{}));
      ir::append_rule_target(out, rule);
      out += '\n';
    }
  }
  return found;
}

bool execute_command(StagedTable& table, Command command, std::optional<ir::Counters> counters, source::Span line,
                     source::Diagnostics& diagnostics, std::string& out) {
  const std::size_t errors = diagnostics.error_count();
  if (command.verb == Verb::kList || command.verb == Verb::kListRules) {
    const bool found = command.verb == Verb::kList ? append_listing(out, table, command)
                                                   : append_rules_listing(out, table, command.chain.text,
                                                                          command.number, command.flags.verbose != 0);
    if (!found) no_such_chain(command, line, diagnostics);
    if (!found || !command.flags.zero) return false;
    command.verb = Verb::kZero;
    command.number = 0;
  }
  if (command.flags.verbose != 0) {
    // A target that does not exist is found out first.
    if (!table.resolve_targets(command, diagnostics)) return false;
    show_rules(table, command, out);
    show_chains(table, command, out);
  }
  const bool changes = command.verb != Verb::kCheck;
  table.execute(std::move(command), counters, line, diagnostics);
  return changes && diagnostics.error_count() == errors;
}

}  // namespace nfproof::compiler
