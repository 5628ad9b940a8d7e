// SPDX-License-Identifier: Apache-2.0
// Executing the lines of restore input on tables: see staging.h.
#include "compiler/frontend/staging.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <unordered_set>

#include "compiler/extensions/values.h"
#include "compiler/frontend/counters_text.h"
#include "compiler/passes/reach.h"

namespace nfproof::compiler {
namespace {

/// After so many errors a file has other troubles than spelling.
constexpr std::size_t kMaxSuggestions = 100;
constexpr std::array<std::string_view, 4> kVerdicts = {"ACCEPT", "DROP", "QUEUE", "RETURN"};

/// False after an error: names that no chain can have.
bool check_name(const Word& name, source::Diagnostics& diagnostics) {
  if (name.text.empty() || name.text.size() > kMaxChainName) {
    diagnostics.error("bad-chain-name", name.span,
                      "the chain name `" + std::string(name.text) + "` is not 1 to 28 characters long");
    return false;
  }
  if (std::find(kVerdicts.begin(), kVerdicts.end(), name.text) != kVerdicts.end()) {
    diagnostics.error("bad-chain-name", name.span, "a chain cannot be called `" + std::string(name.text) + '`');
    return false;
  }
  return true;
}

bool is_hook_name(std::string_view name) {
  for (unsigned hook = 0; hook < ir::kHookCount; ++hook)
    if (ir::hook_chain_name(static_cast<ir::Hook>(hook)) == name) return true;
  return false;
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

StagedTable::StagedTable(std::string name, ir::Family family, source::Span span)
    : name_(std::move(name)), family_(family), span_(span) {
  for (unsigned hook = 0; hook < ir::kHookCount; ++hook) {
    const std::string_view chain = ir::hook_chain_name(static_cast<ir::Hook>(hook));
    if (const ir::HookRow* row = ir::find_hook_row(name_, chain))
      create(chain, {}, false).base = ir::BaseChain{row->hook, row->priority, ir::VerdictKind::kAccept};
  }
}

StagedChain* StagedTable::find(std::string_view name) {
  const auto found = by_name_.find(std::string(name));
  return found == by_name_.end() ? nullptr : &*found->second;
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
  if (StagedChain* chain = find(name.text)) return chain;
  if (is_hook_name(name.text)) {
    diagnostics.error("unknown-chain", name.span,
                      "the table `" + name_ + "` has no chain `" + std::string(name.text) + '`');
    return nullptr;
  }
  diagnostics.warning("undeclared-chain", name.span,
                      "nothing declares the chain `" + std::string(name.text) +
                          "`; it is taken as `:" + std::string(name.text) + " -`");
  return &create(name.text, name.span, false);
}

StagedChain* StagedTable::existing(const Word& name, source::Diagnostics& diagnostics) {
  StagedChain* chain = find(name.text);
  if (chain == nullptr) {
    std::vector<std::string_view> names;
    if (diagnostics.error_count() < kMaxSuggestions)
      for (const StagedChain& each : chains_) names.push_back(each.name);
    const std::string_view near = nearest(name.text, names);
    diagnostics.error("unknown-chain", name.span,
                      "there is no chain `" + std::string(name.text) + "` in the table `" + name_ + '`' +
                          (near.empty() ? std::string{} : ", did you mean `" + std::string(near) + "`?"));
  }
  return chain;
}

void StagedTable::set_policy(StagedChain& chain, const Word& policy, source::Diagnostics& diagnostics) {
  if (policy.text == "-" && !chain.base) return;
  if (!chain.base) {
    diagnostics.error("bad-policy", policy.span,
                      "only built-in chains have a policy: `" + chain.name + "` needs `-` instead of `" +
                          std::string(policy.text) + '`');
  } else if (policy.text == "ACCEPT") {
    chain.base->policy = ir::VerdictKind::kAccept;
  } else if (policy.text == "DROP") {
    chain.base->policy = ir::VerdictKind::kDrop;
  } else if (policy.text != "-") {
    diagnostics.error(
        "bad-policy", policy.span,
        "the policy of `" + chain.name + "` must be ACCEPT or DROP, got `" + std::string(policy.text) + '`');
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
  for (ir::Rule& rule : command.rules) {
    if (counters) rule.counters = counters;
    rule.span = line;
  }
  switch (command.verb) {
    case Verb::kAppend: {
      StagedChain* chain = chain_for_rule(command.chain, diagnostics);
      if (chain == nullptr) return;
      for (ir::Rule& rule : command.rules) chain->rules.push_back(std::move(rule));
      return;
    }
    case Verb::kInsert: return insert(command, diagnostics);
    case Verb::kDelete:
    case Verb::kDeleteNumber: return remove(command, diagnostics);
    case Verb::kReplace: return replace(command, diagnostics);
    case Verb::kFlush: return flush(command.chain, diagnostics);
    case Verb::kNewChain: return new_chain(command.chain, diagnostics);
    case Verb::kDeleteChain: return delete_chain(command.chain, diagnostics);
    case Verb::kRename: return rename(command.chain, command.argument, diagnostics);
    case Verb::kPolicy:
      if (StagedChain* chain = existing(command.chain, diagnostics)) set_policy(*chain, command.argument, diagnostics);
      return;
    case Verb::kZero: return zero(command, diagnostics);
    case Verb::kCheck:
    case Verb::kList:
      diagnostics.error("unsupported-command", line, "this command does not belong into a ruleset");
      return;
    case Verb::kNone: return;
  }
}

void StagedTable::insert(Command& command, source::Diagnostics& diagnostics) {
  StagedChain* chain = chain_for_rule(command.chain, diagnostics);
  if (chain == nullptr) return;
  if (command.number > chain->rules.size() + 1) {
    diagnostics.error("bad-rule-number", command.chain.span,
                      "the chain `" + chain->name + "` has " + std::to_string(chain->rules.size()) +
                          " rules, so number " + std::to_string(command.number) + " cannot be inserted");
    return;
  }
  // Each rule of the command goes to the same place, so that they end up in reverse order.
  for (ir::Rule& rule : command.rules)
    chain->rules.insert(chain->rules.begin() + static_cast<std::ptrdiff_t>(command.number - 1), std::move(rule));
}

void StagedTable::remove(const Command& command, source::Diagnostics& diagnostics) {
  StagedChain* chain = existing(command.chain, diagnostics);
  if (chain == nullptr) return;
  if (command.verb == Verb::kDeleteNumber) {
    if (command.number <= chain->rules.size())
      chain->rules.erase(chain->rules.begin() + static_cast<std::ptrdiff_t>(command.number - 1));
    else
      diagnostics.error("bad-rule-number", command.chain.span,
                        "there is no rule " + std::to_string(command.number) + " in the chain `" + chain->name + '`');
    return;
  }
  for (const ir::Rule& rule : command.rules) {
    const auto same = [&rule](const ir::Rule& other) { return same_rule(rule, other); };
    const auto found = std::find_if(chain->rules.begin(), chain->rules.end(), same);
    if (found != chain->rules.end())
      chain->rules.erase(found);
    else
      diagnostics.error("no-such-rule", rule.span, "there is no such rule in the chain `" + chain->name + '`');
  }
}

void StagedTable::replace(Command& command, source::Diagnostics& diagnostics) {
  StagedChain* chain = existing(command.chain, diagnostics);
  if (chain == nullptr) return;
  if (command.rules.size() != 1 || command.number > chain->rules.size()) {
    diagnostics.error("bad-rule-number", command.chain.span,
                      command.rules.size() != 1 ? "`-R` needs a single source and destination"
                                                : "there is no rule " + std::to_string(command.number) +
                                                      " in the chain `" + chain->name + '`');
    return;
  }
  chain->rules[command.number - 1] = std::move(command.rules.front());
}

void StagedTable::flush(const Word& name, source::Diagnostics& diagnostics) {
  if (name.text.empty()) {
    for (StagedChain& chain : chains_) chain.rules.clear();
  } else if (StagedChain* chain = existing(name, diagnostics)) {
    chain->rules.clear();
  }
}

void StagedTable::new_chain(const Word& name, source::Diagnostics& diagnostics) {
  if (!check_name(name, diagnostics)) return;
  if (const StagedChain* chain = find(name.text)) {
    auto& error = diagnostics.error("duplicate-chain", name.span, "the chain `" + chain->name + "` exists already");
    if (chain->span.is_known()) error.labels.push_back({chain->span, "first declared here"});
    return;
  }
  create(name.text, name.span, true);
}

void StagedTable::delete_chain(const Word& name, source::Diagnostics& diagnostics) {
  std::unordered_set<std::string_view> targets;
  for (const StagedChain& each : chains_)
    for (const ir::Rule& rule : each.rules)
      if (is_jump(rule) && rule.target) targets.insert(rule.target->name);
  const auto erase = [&](std::list<StagedChain>::iterator at) {
    by_name_.erase(at->name);
    return chains_.erase(at);
  };
  if (name.text.empty()) {
    for (auto it = chains_.begin(); it != chains_.end();)
      it = it->base || !it->rules.empty() || targets.contains(it->name) ? std::next(it) : erase(it);
    return;
  }
  const StagedChain* chain = existing(name, diagnostics);
  if (chain == nullptr) return;
  const char* reason = nullptr;
  if (chain->base) reason = "is built in";
  if (!chain->rules.empty()) reason = "has rules";
  if (targets.contains(chain->name)) reason = "is the target of a rule";
  if (reason != nullptr)
    diagnostics.error("bad-chain", name.span, "the chain `" + chain->name + "` cannot be deleted: it " + reason);
  else
    erase(by_name_.at(chain->name));
}

void StagedTable::rename(const Word& from, const Word& to, source::Diagnostics& diagnostics) {
  StagedChain* chain = existing(from, diagnostics);
  if (chain == nullptr || !check_name(to, diagnostics)) return;
  if (chain->base || find(to.text) != nullptr) {
    diagnostics.error("bad-chain", chain->base ? from.span : to.span,
                      chain->base ? "the built-in chain `" + chain->name + "` cannot be renamed"
                                  : "the chain `" + std::string(to.text) + "` exists already");
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
  if (command.chain.text.empty()) {
    for (StagedChain& chain : chains_) zero_chain(chain);
    return;
  }
  StagedChain* chain = existing(command.chain, diagnostics);
  if (chain == nullptr) return;
  if (command.number == 0)
    zero_chain(*chain);
  else if (command.number <= chain->rules.size())
    chain->rules[command.number - 1].counters.reset();
}

void StagedTable::commit(ir::Ruleset& ruleset) {
  ir::Table table;
  table.name = name_;
  table.family = family_;
  table.span = span_;
  const ir::TableId id = ruleset.add_table(std::move(table));
  for (StagedChain& staged : chains_) {
    ir::Chain chain;
    chain.name = std::move(staged.name);
    chain.table = id;
    chain.base = staged.base;
    chain.counters = staged.counters;
    chain.span = staged.span;
    chain.declared = staged.declared;
    chain.rules.assign(std::make_move_iterator(staged.rules.begin()), std::make_move_iterator(staged.rules.end()));
    staged.rules.clear();
    ruleset.add_chain(std::move(chain));
  }
}

}  // namespace nfproof::compiler
