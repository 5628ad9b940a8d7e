// SPDX-License-Identifier: Apache-2.0
// Executing the lines of restore input on tables: see staging.h.
#include "compiler/frontend/staging.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "compiler/extensions/extension.h"
#include "compiler/passes/reach.h"

namespace nfproof::compiler {
namespace {

constexpr std::array<std::string_view, 4> kVerdicts = {"ACCEPT", "DROP", "QUEUE", "RETURN"};

using Form = source::ToolMessage::Form;

constexpr const char* kBadRule = "Bad rule (does a matching rule exist in that chain?)";

/// The library of iptables has another text when it had to look the target up.
void no_such_rule(const StagedChain& chain, const ir::Rule& rule, source::Diagnostics& diagnostics) {
  const bool plain = !rule.target || is_verdict(rule.target->name);
  diagnostics.error("no-such-rule", rule.span, "there is no such rule in the chain `" + chain.name + '`').tool = {
      Form::kFailure, plain ? kBadRule : kNoSuchName};
}

bool same_rule(const ir::Rule& a, const ir::Rule& b) {
  const auto same_use = [](const ir::ModuleUse& x, const ir::ModuleUse& y) {
    return x.name == y.name && x.arguments == y.arguments;
  };
  const bool same_target =
      a.target.has_value() == b.target.has_value() && (!a.target || same_use(*a.target, *b.target));
  return a.basic == b.basic && same_target && a.verdict.kind == b.verdict.kind &&
         std::equal(a.matches.begin(), a.matches.end(), b.matches.begin(), b.matches.end(), same_use);
}

}  // namespace

bool is_verdict(std::string_view name) {
  return std::find(kVerdicts.begin(), kVerdicts.end(), name) != kVerdicts.end();
}

StagedTable::StagedTable(std::string name, ir::Family family, source::Span span, StagingMode mode)
    : name_(std::move(name)), family_(family), span_(span), mode_(mode) {
  for (unsigned hook = 0; hook < ir::kHookCount; ++hook) {
    const std::string_view chain = ir::hook_chain_name(static_cast<ir::Hook>(hook));
    if (const ir::HookRow* row = ir::find_hook_row(name_, chain))
      create(chain, {}, false).base = ir::BaseChain{row->hook, row->priority, ir::VerdictKind::kAccept};
  }
}

StagedTable::StagedTable(const StagedTable& other)
    : name_(other.name_),
      family_(other.family_),
      span_(other.span_),
      mode_(other.mode_),
      touched_(other.touched_),
      chains_(other.chains_) {
  for (auto it = chains_.begin(); it != chains_.end(); ++it) by_name_.emplace(it->name, it);
}

StagedTable& StagedTable::operator=(const StagedTable& other) { return *this = StagedTable(other); }

const StagedChain* StagedTable::find(std::string_view name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : &*found->second;
}

StagedChain* StagedTable::find(std::string_view name) {
  return const_cast<StagedChain*>(std::as_const(*this).find(name));  // its own chain
}

std::vector<const StagedChain*> StagedTable::chains() const {
  std::vector<const StagedChain*> all;
  for (const StagedChain& chain : chains_) all.push_back(&chain);
  std::sort(all.begin(), all.end(), [](const StagedChain* a, const StagedChain* b) {
    if (a->base.has_value() != b->base.has_value()) return a->base.has_value();
    return a->base ? a->base->hook < b->base->hook : a->name < b->name;
  });
  return all;
}

std::unordered_map<std::string_view, std::size_t> StagedTable::references() const {
  std::unordered_map<std::string_view, std::size_t> count;
  for (const StagedChain& chain : chains_)
    for (const ir::Rule& rule : chain.rules)
      if (is_jump(rule) && rule.target) ++count[rule.target->name];
  return count;
}

StagedChain& StagedTable::create(std::string_view name, source::Span span, bool declared) {
  StagedChain chain;
  chain.name = name;
  chain.span = span;
  chain.declared = declared;
  chains_.push_back(std::move(chain));
  by_name_.emplace(chains_.back().name, std::prev(chains_.end()));
  return chains_.back();
}

void StagedTable::execute(Command command, std::optional<ir::Counters> counters, source::Span line,
                          source::Diagnostics& diagnostics) {
  const std::size_t errors = diagnostics.error_count();
  for (ir::Rule& rule : command.rules) {
    if (counters) rule.counters = counters;
    rule.span = line;
  }
  if (mode_ == StagingMode::kLive && !resolve_targets(command, diagnostics)) return;
  const std::size_t chains = chains_.size();
  switch (command.verb) {
    case Verb::kAppend: append(command, diagnostics); break;
    case Verb::kInsert: insert(command, diagnostics); break;
    case Verb::kDelete:
    case Verb::kDeleteNumber: remove(command, diagnostics); break;
    case Verb::kReplace: replace(command, diagnostics); break;
    case Verb::kFlush: flush(command.chain, diagnostics); break;
    case Verb::kNewChain: new_chain(command.chain, diagnostics); break;
    case Verb::kDeleteChain:
      if (command.chain.text.data() == nullptr)
        delete_all_chains(line, diagnostics);
      else
        delete_chain(command.chain, diagnostics);
      break;
    case Verb::kRename: rename(command.chain, command.argument, diagnostics); break;
    case Verb::kPolicy: policy(command, diagnostics); break;
    case Verb::kZero: zero(command, diagnostics); break;
    case Verb::kCheck: check(command, diagnostics); break;
    case Verb::kList:
    case Verb::kListRules:
      diagnostics.error("unsupported-command", line, "this command does not belong into a ruleset");
      break;
    case Verb::kNone: break;
  }
  // `-X` touches what it deletes, the others their table even where they change nothing.
  if (command.verb == Verb::kDeleteChain ? chains_.size() != chains : command.verb != Verb::kCheck) touched_ = true;
  if (mode_ == StagingMode::kLive && diagnostics.error_count() != errors) take_back();
}

bool StagedTable::resolve_targets(Command& command, source::Diagnostics& diagnostics) const {
  return std::all_of(command.rules.begin(), command.rules.end(),
                     [&](ir::Rule& rule) { return resolve_target(rule, diagnostics); });
}

bool StagedTable::resolve_target(ir::Rule& rule, source::Diagnostics& diagnostics) const {
  if (!rule.target) return true;
  const StagedChain* chain = find(rule.target->name);
  const std::string name = rule.target->name.str();
  if (chain == nullptr) {
    if (!is_jump(rule)) return true;
    const bool is_goto = rule.verdict.kind == ir::VerdictKind::kGoto;
    diagnostics
        .error("unknown-target", rule.target->span,
               "there is no chain " + std::string(is_goto ? "" : "or target ") + '`' + name + '`')
        .tool = {Form::kParameter, is_goto ? "goto '" + name + "' is not a chain"
                                           : "Couldn't load target `" + name + "':No such file or directory\n"};
    return false;
  }
  if (chain->base) {
    diagnostics
        .error("jump-to-built-in", rule.target->span, "a rule cannot jump into the built-in chain `" + name + '`')
        .tool = {Form::kFailure, "Invalid argument. Run `dmesg' for more information"};
    return false;
  }
  if (is_jump(rule)) return true;
  diagnostics
      .warning("chain-named-as-target", rule.target->span, "the chain `" + name + "` hides the target of that name")
      .tool = {Form::kWarning, "Warning: using chain " + name + ", not extension"};
  rule.target->arguments = {};
  rule.effects.clear();
  rule.verdict = {.kind = ir::VerdictKind::kJump};
  return true;
}

void StagedTable::append(Command& command, source::Diagnostics& diagnostics) {
  StagedChain* chain = chain_for_rule(command.chain, diagnostics);
  if (chain == nullptr) return;
  for (ir::Rule& rule : command.rules) put(*chain, chain->rules.size(), std::move(rule));
}

void StagedTable::insert(Command& command, source::Diagnostics& diagnostics) {
  StagedChain* chain = chain_for_rule(command.chain, diagnostics);
  if (chain == nullptr) return;
  if (command.number > chain->rules.size() + 1) {
    diagnostics
        .error("bad-rule-number", command.chain.span,
               "the chain `" + chain->name + "` has " + std::to_string(chain->rules.size()) + " rules, so number " +
                   std::to_string(command.number) + " cannot be inserted")
        .tool = {Form::kFailure, "Index of insertion too big"};
    return;
  }
  // Each rule of the command goes to the same place, so that they end up in reverse order.
  for (ir::Rule& rule : command.rules) put(*chain, command.number - 1, std::move(rule));
}

void StagedTable::remove(const Command& command, source::Diagnostics& diagnostics) {
  const bool by_rule = command.verb == Verb::kDelete;
  StagedChain* chain = existing(command.chain, diagnostics, by_rule ? kBadRule : kNoSuchName);
  if (chain == nullptr) return;
  if (by_rule) {
    for (const ir::Rule& rule : command.rules) remove_rule(*chain, rule, diagnostics);
  } else if (command.number <= chain->rules.size()) {
    take(*chain, command.number - 1);
  } else {
    diagnostics
        .error("bad-rule-number", command.chain.span,
               "there is no rule " + std::to_string(command.number) + " in the chain `" + chain->name + '`')
        .tool = {Form::kFailure, "Index of deletion too big"};
  }
}

void StagedTable::remove_rule(StagedChain& chain, const ir::Rule& rule, source::Diagnostics& diagnostics) {
  const auto same = [&rule](const ir::Rule& other) { return same_rule(rule, other); };
  const auto found = std::find_if(chain.rules.begin(), chain.rules.end(), same);
  if (found != chain.rules.end()) return take(chain, found.index());
  no_such_rule(chain, rule, diagnostics);
}

void StagedTable::check(const Command& command, source::Diagnostics& diagnostics) {
  const StagedChain* chain = existing(command.chain, diagnostics, kBadRule);
  if (chain == nullptr) return;
  for (const ir::Rule& rule : command.rules) {
    const auto same = [&rule](const ir::Rule& other) { return same_rule(rule, other); };
    if (std::any_of(chain->rules.begin(), chain->rules.end(), same)) continue;
    no_such_rule(*chain, rule, diagnostics);
    return;
  }
}

void StagedTable::replace(Command& command, source::Diagnostics& diagnostics) {
  StagedChain* chain = existing(command.chain, diagnostics);
  if (chain == nullptr) return;
  if (command.number > chain->rules.size()) {
    diagnostics
        .error("bad-rule-number", command.chain.span,
               "there is no rule " + std::to_string(command.number) + " in the chain `" + chain->name + '`')
        .tool = {Form::kFailure, "Index of replacement too big"};
    return;
  }
  take(*chain, command.number - 1);
  put(*chain, command.number - 1, std::move(command.rules.front()));
}

void StagedTable::commit(ir::Ruleset& ruleset) {
  ir::Table table;
  table.name = name_;
  table.family = family_;
  table.span = span_;
  const ir::TableId id = ruleset.add_table(std::move(table));
  ruleset.chains.reserve(ruleset.chains.size() + chains_.size());
  by_name_.clear();
  // What is moved away is freed at once: a large table is never there twice.
  for (; !chains_.empty(); chains_.pop_front()) {
    StagedChain& staged = chains_.front();
    ir::Chain chain;
    chain.name = std::move(staged.name);
    chain.table = id;
    chain.base = staged.base;
    chain.counters = staged.counters;
    chain.span = staged.span;
    chain.declared = staged.declared;
    chain.rules = staged.rules.take();
    ruleset.add_chain(std::move(chain));
  }
}

void StagedTable::copy_to(ir::Ruleset& ruleset) const { StagedTable(*this).commit(ruleset); }

}  // namespace nfproof::compiler
