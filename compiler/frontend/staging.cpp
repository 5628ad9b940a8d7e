// SPDX-License-Identifier: Apache-2.0
// Executing the lines of restore input on tables: see staging.h.
#include "compiler/frontend/staging.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "compiler/extensions/extension.h"
#include "compiler/extensions/values.h"
#include "compiler/frontend/counters_text.h"
#include "compiler/passes/reach.h"

namespace nfproof::compiler {
namespace {

/// After so many errors a file has other troubles than spelling.
constexpr std::size_t kMaxSuggestions = 100;
constexpr std::array<std::string_view, 4> kVerdicts = {"ACCEPT", "DROP", "QUEUE", "RETURN"};

using Form = source::ToolMessage::Form;

constexpr const char* kNoSuchName = "No chain/target/match by that name";
constexpr const char* kBadRule = "Bad rule (does a matching rule exist in that chain?)";

bool is_verdict(std::string_view name) {
  return std::find(kVerdicts.begin(), kVerdicts.end(), name) != kVerdicts.end();
}

bool has_blanks(std::string_view name) { return name.find_first_of(" \t\n\v\f\r") != std::string_view::npos; }

/// False after an error: names that no chain can have.
bool check_name(const Word& name, source::Diagnostics& diagnostics) {
  if (name.text.empty() || name.text.size() > kMaxChainName) {
    diagnostics.error("bad-chain-name", name.span,
                      "the chain name `" + std::string(name.text) + "` is not 1 to 28 characters long");
    return false;
  }
  if (is_verdict(name.text)) {
    diagnostics.error("bad-chain-name", name.span, "a chain cannot be called `" + std::string(name.text) + '`').tool = {
        Form::kFailure, "File exists"};
    return false;
  }
  return true;
}

bool is_hook_name(std::string_view name) {
  for (unsigned hook = 0; hook < ir::kHookCount; ++hook)
    if (ir::hook_chain_name(static_cast<ir::Hook>(hook)) == name) return true;
  return false;
}

/// The library of iptables has another text when it had to look the target up.
void no_such_rule(const StagedChain& chain, const ir::Rule& rule, source::Diagnostics& diagnostics) {
  const bool plain = !rule.target || is_verdict(rule.target->name);
  diagnostics.error("no-such-rule", rule.span, "there is no such rule in the chain `" + chain.name + '`').tool = {
      Form::kFailure, plain ? kBadRule : kNoSuchName};
}

/// True after an error: chains that cannot be deleted.
bool refuse_deletion(const StagedChain& chain, bool is_target, const Word& name, source::Diagnostics& diagnostics) {
  const char* reason = nullptr;
  const char* tool = nullptr;
  if (chain.base) {
    reason = "is built in", tool = "Invalid argument. Run `dmesg' for more information";
  } else if (is_target) {
    reason = "is the target of a rule", tool = "Too many links";
  } else if (!chain.rules.empty()) {
    reason = "has rules", tool = "Directory not empty";
  } else {
    return false;
  }
  diagnostics.error("bad-chain", name.span, "the chain `" + chain.name + "` cannot be deleted: it " + reason).tool = {
      Form::kFailure, tool};
  return true;
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
  const auto found = by_name_.find(std::string(name));
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

StagedChain* StagedTable::chain_for_rule(const Word& name, source::Diagnostics& diagnostics) {
  if (mode_ == StagingMode::kLive) return existing(name, diagnostics);
  if (StagedChain* chain = find(name.text)) return chain;
  if (is_hook_name(name.text) || has_blanks(name.text)) {
    diagnostics.error("unknown-chain", name.span,
                      "the table `" + name_ + "` has no chain `" + std::string(name.text) + '`');
    return nullptr;
  }
  diagnostics.warning("undeclared-chain", name.span,
                      "nothing declares the chain `" + std::string(name.text) +
                          "`; it is taken as `:" + std::string(name.text) + " -`");
  return &create(name.text, name.span, false);
}

StagedChain* StagedTable::existing(const Word& name, source::Diagnostics& diagnostics, std::string_view tool) {
  StagedChain* chain = find(name.text);
  if (chain == nullptr) {
    std::vector<std::string_view> names;
    if (diagnostics.error_count() < kMaxSuggestions)
      for (const StagedChain& each : chains_) names.push_back(each.name);
    const std::string_view near = nearest(name.text, names);
    diagnostics
        .error("unknown-chain", name.span,
               "there is no chain `" + std::string(name.text) + "` in the table `" + name_ + '`' +
                   (near.empty() ? std::string{} : ", did you mean `" + std::string(near) + "`?"))
        .tool = {Form::kFailure, std::string(tool.empty() ? kNoSuchName : tool)};
  }
  return chain;
}

void StagedTable::set_policy(StagedChain& chain, const Word& policy, source::Diagnostics& diagnostics) {
  if (policy.text == "-" && !chain.base) return;
  if (!chain.base) {
    diagnostics
        .error("bad-policy", policy.span,
               "only built-in chains have a policy: `" + chain.name + "` needs `-` instead of `" +
                   std::string(policy.text) + '`')
        .tool = {Form::kFailure, "Bad built-in chain name"};
  } else if (policy.text == "ACCEPT") {
    chain.base->policy = ir::VerdictKind::kAccept;
  } else if (policy.text == "DROP") {
    chain.base->policy = ir::VerdictKind::kDrop;
  } else if (policy.text != "-") {
    diagnostics
        .error("bad-policy", policy.span,
               "the policy of `" + chain.name + "` must be ACCEPT or DROP, got `" + std::string(policy.text) + '`')
        .tool = {Form::kFailure, "Bad policy name. Run `dmesg' for more information"};
  }
}

void StagedTable::declare(const std::vector<Word>& fields, source::Span line, source::Diagnostics& diagnostics) {
  if (fields.size() < 2) {
    diagnostics.error("bad-chain", line, "expected `:CHAIN POLICY [PACKETS:BYTES]`");
    return;
  }
  const Word& name = fields[0];
  if (!check_name(name, diagnostics)) return;
  StagedChain* chain = find(name.text);
  if (chain != nullptr && chain->declared && !chain->base) {
    auto& warning =
        diagnostics.warning("duplicate-chain", name.span,
                            "the chain `" + chain->name + "` is declared twice; iptables-legacy refuses this");
    warning.labels.push_back({chain->span, "first declared here"});
  }
  if (chain == nullptr) chain = &create(name.text, line, true);
  chain->declared = true;
  chain->span = line;
  set_policy(*chain, fields[1], diagnostics);
  if (fields.size() < 3 || fields[1].text == "-") return;
  if (const auto counters = read_counters(fields[2].text))
    chain->counters = *counters;
  else
    diagnostics.warning("bad-counters", fields[2].span,
                        "expected counters `[PACKETS:BYTES]`, got `" + std::string(fields[2].text) + '`');
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

bool StagedTable::make_chain(const Word& name) {
  source::Diagnostics unheard;
  if (!check_name(name, unheard) || find(name.text) != nullptr) return false;
  create(name.text, name.span, true);
  touched_ = true;
  return true;
}

bool StagedTable::flush_chain(const Word& name) {
  StagedChain* chain = find(name.text);
  if (chain == nullptr) return false;
  chain->rules.clear();
  touched_ = true;
  return true;
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
  if (found != chain.rules.end()) return take(chain, static_cast<std::size_t>(found - chain.rules.begin()));
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

void StagedTable::policy(const Command& command, source::Diagnostics& diagnostics) {
  StagedChain* chain = existing(command.chain, diagnostics, "Bad built-in chain name");
  if (chain == nullptr) return;
  const std::size_t errors = diagnostics.error_count();
  set_policy(*chain, command.argument, diagnostics);
  if (diagnostics.error_count() != errors) return;
  chain->counters = command.counters.value_or(ir::Counters{});
  chain->counted = command.counters.has_value();
}

void StagedTable::flush(const Word& name, source::Diagnostics& diagnostics) {
  if (name.text.data() == nullptr) {
    for (StagedChain& chain : chains_) chain.rules.clear();
  } else if (StagedChain* chain = existing(name, diagnostics)) {
    chain->rules.clear();
  }
}

void StagedTable::new_chain(const Word& name, source::Diagnostics& diagnostics) {
  if (!check_name(name, diagnostics)) return;
  if (const StagedChain* chain = find(name.text)) {
    auto& error = diagnostics.error("duplicate-chain", name.span, "the chain `" + chain->name + "` exists already");
    error.tool = {Form::kFailure, "Chain already exists"};
    if (chain->span.is_known()) error.labels.push_back({chain->span, "first declared here"});
    return;
  }
  create(name.text, name.span, true);
}

void StagedTable::delete_all_chains(source::Span line, source::Diagnostics& diagnostics) {
  const auto targets = references();
  if (mode_ == StagingMode::kLive) {
    for (const StagedChain& chain : chains_) {
      const Word name{chain.name, line};
      if (!chain.base) refuse_deletion(chain, targets.contains(chain.name), name, diagnostics);
    }
  }
  for (auto it = chains_.begin(); it != chains_.end();) {
    if (it->base || !it->rules.empty() || targets.contains(it->name)) {
      ++it;
      continue;
    }
    by_name_.erase(it->name);
    it = chains_.erase(it);
  }
}

void StagedTable::delete_chain(const Word& name, source::Diagnostics& diagnostics) {
  const StagedChain* chain = existing(name, diagnostics);
  if (chain == nullptr) return;
  if (refuse_deletion(*chain, references().contains(chain->name), name, diagnostics)) return;
  const auto at = by_name_.at(chain->name);
  by_name_.erase(at->name);
  chains_.erase(at);
}

void StagedTable::rename(const Word& from, const Word& to, source::Diagnostics& diagnostics) {
  if (!check_name(to, diagnostics)) return;
  if (find(to.text) != nullptr) {
    diagnostics.error("bad-chain", to.span, "the chain `" + std::string(to.text) + "` exists already").tool = {
        Form::kFailure, "File exists"};
    return;
  }
  StagedChain* chain = existing(from, diagnostics);
  if (chain == nullptr) return;
  if (chain->base) {
    diagnostics.error("bad-chain", from.span, "the built-in chain `" + chain->name + "` cannot be renamed").tool = {
        Form::kFailure, kNoSuchName};
    return;
  }
  for (StagedChain& each : chains_)
    for (ir::Rule& rule : each.rules)
      if (is_jump(rule) && rule.target && rule.target->name == from.text) rule.target->name = to.text;
  auto node = by_name_.extract(chain->name);
  chain->name = to.text;
  node.key() = chain->name;
  by_name_.insert(std::move(node));
}

void StagedTable::zero(const Command& command, source::Diagnostics& diagnostics) {
  const auto zero_chain = [](StagedChain& chain) {
    chain.counters = {};
    for (ir::Rule& rule : chain.rules) rule.counters.reset();
  };
  if (command.chain.text.data() == nullptr) {
    for (StagedChain& chain : chains_) zero_chain(chain);
    return;
  }
  StagedChain* chain = existing(command.chain, diagnostics);
  if (chain == nullptr) return;
  if (command.number == 0)
    zero_chain(*chain);
  else if (command.number <= chain->rules.size())
    chain->rules[command.number - 1].counters.reset();
  else if (mode_ == StagingMode::kLive)
    diagnostics
        .error("bad-rule-number", command.chain.span,
               "there is no rule " + std::to_string(command.number) + " in the chain `" + chain->name + '`')
        .tool = {Form::kFailure, "Index of counter too big"};
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
    chain.rules.assign(std::make_move_iterator(staged.rules.begin()), std::make_move_iterator(staged.rules.end()));
    ruleset.add_chain(std::move(chain));
  }
}

void StagedTable::copy_to(ir::Ruleset& ruleset) const { StagedTable(*this).commit(ruleset); }

}  // namespace nfproof::compiler
