// SPDX-License-Identifier: Apache-2.0
// Commands about chains as a whole: declared, made, renamed, emptied, deleted, given a policy. See staging.h.
#include <utility>

#include "compiler/frontend/counters_text.h"
#include "compiler/frontend/staging.h"
#include "compiler/passes/reach.h"
#include "compiler/source/near.h"

namespace nfproof::compiler {
namespace {

/// After so many errors a file has other troubles than spelling.
constexpr std::size_t kMaxSuggestions = 100;

using Form = source::ToolMessage::Form;

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

}  // namespace

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
    const std::string_view near = source::nearest(name.text, names);
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
  auto node = by_name_.extract(chain->name);  // before its key changes
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

}  // namespace nfproof::compiler
