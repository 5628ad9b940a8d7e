// SPDX-License-Identifier: Apache-2.0
// What the kernel would refuse: see verify.h.
#include "compiler/passes/verify.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "compiler/extensions/extension.h"
#include "compiler/passes/places.h"
#include "compiler/passes/reach.h"

namespace nfproof::compiler {
namespace {

// --- Loops ---

/// A depth-first walk with an explicit stack. The rule that closes a loop is reported and taken out.
class LoopFinder {
 public:
  LoopFinder(ir::Ruleset& ruleset, source::Diagnostics& diagnostics)
      : ruleset_(ruleset), diagnostics_(diagnostics), state_(ruleset.chains.size(), State::kNew) {}

  /// `reachable`: packets get there; other loops are harmless and only told.
  void walk(ir::ChainId from, bool reachable) {
    enter(from);
    while (!path_.empty()) {
      Frame& frame = path_.back();
      ir::Chain& chain = ruleset_.chain(frame.chain);
      if (frame.next >= frame.end) {
        state_[index(frame.chain)] = State::kDone;
        path_.pop_back();
        continue;
      }
      const std::size_t at = frame.next++;
      if (!is_jump(chain.rules[at])) continue;
      const ir::ChainId to = chain.rules[at].verdict.chain;
      switch (state_[index(to)]) {
        case State::kDone: break;
        case State::kNew: enter(to); break;
        case State::kOpen:
          report(chain.rules[at], to, reachable);
          if (reachable) {
            chain.rules.erase(chain.rules.begin() + static_cast<std::ptrdiff_t>(--frame.next));
            --frame.end;
          }
          break;
      }
    }
  }

 private:
  enum class State : std::uint8_t { kNew, kOpen, kDone };
  struct Frame {
    ir::ChainId chain{};
    std::size_t next = 0;
    std::size_t end = 0;  ///< the kernel looks at the rules before it
  };

  static std::size_t index(ir::ChainId id) { return static_cast<std::size_t>(id); }
  void enter(ir::ChainId id) {
    if (state_[index(id)] != State::kNew) return;
    state_[index(id)] = State::kOpen;
    path_.push_back({id, 0, walked_rules(ruleset_.chain(id).rules)});
  }

  void report(const ir::Rule& rule, ir::ChainId to, bool reachable) {
    const auto start = std::find_if(path_.begin(), path_.end(), [to](const Frame& frame) { return frame.chain == to; });
    std::string way;
    for (auto it = start; it != path_.end(); ++it) way += ruleset_.chain(it->chain).name + " -> ";
    way += ruleset_.chain(to).name;
    auto& found = reachable ? diagnostics_.error("chain-loop", rule.target->span, "this jump closes a loop: " + way)
                            : diagnostics_.warning("chain-loop", rule.target->span,
                                                   "this jump closes a loop that no packet gets into: " + way);
    for (auto it = start; it + 1 < path_.end(); ++it) {
      const ir::Rule& jump = ruleset_.chain(it->chain).rules[it->next - 1];
      found.labels.push_back({jump.span, "the loop goes through here"});
    }
  }

  ir::Ruleset& ruleset_;
  source::Diagnostics& diagnostics_;
  std::vector<State> state_;
  std::vector<Frame> path_;
};

// --- Places ---

std::string join(std::span<const std::string_view> names) {
  std::string out;
  for (const std::string_view name : names) {
    if (!out.empty()) out += ", ";
    out += '`' + std::string(name) + '`';
  }
  return out;
}

struct Place {
  const ir::Table& table;
  const ir::Chain& chain;
  std::uint8_t hooks;  ///< that reach the rule
};

/// False after an error.
bool check_module(const Extension& extension, const ir::ModuleUse& use, const Place& place,
                  source::Diagnostics& diagnostics) {
  if (!is_allowed_in(extension, place.table.name)) {
    diagnostics.error(
        "wrong-table", use.span,
        '`' + use.name + "` is not allowed in the table `" + place.table.name + "`, only in " + join(extension.tables));
    return false;
  }
  const auto hook = refused_hook(extension, place.hooks);
  if (!hook) return true;
  const bool direct = place.chain.base.has_value();
  diagnostics.error("wrong-hook", use.span,
                    '`' + use.name + "` is not allowed in `" + std::string(ir::hook_chain_name(*hook)) + "`" +
                        (direct ? "" : ", from where this chain is reached") + ", only in " + join(extension.chains));
  return false;
}

bool check_rule(const ir::Ruleset& ruleset, const ir::Rule& rule, const Place& place,
                source::Diagnostics& diagnostics) {
  if (place.table.nft) return true;
  for (const ir::ModuleUse& match : rule.matches) {
    const Extension* extension = find_extension(ExtensionKind::kMatch, match.name, place.table.family);
    if (extension != nullptr && !check_module(*extension, match, place, diagnostics)) return false;
  }
  if (!rule.target) return true;
  if (is_jump(rule)) {
    if (!ruleset.chain(rule.verdict.chain).base) return true;
    diagnostics.error("jump-to-built-in", rule.target->span,
                      "a rule cannot jump into the built-in chain `" + rule.target->name + '`');
    return false;
  }
  const Extension* extension = find_extension(ExtensionKind::kTarget, rule.target->name, place.table.family);
  return extension == nullptr || check_module(*extension, *rule.target, place, diagnostics);
}

}  // namespace

void verify_loops(ir::Ruleset& ruleset, source::Diagnostics& diagnostics) {
  LoopFinder finder(ruleset, diagnostics);
  for (const bool built_in : {true, false})
    for (std::size_t i = 0; i < ruleset.chains.size(); ++i)
      if (ruleset.chains[i].base.has_value() == built_in)
        finder.walk(ir::ChainId{static_cast<std::uint32_t>(i)}, built_in);
}

void verify_places(ir::Ruleset& ruleset, source::Diagnostics& diagnostics) {
  const std::vector<std::uint8_t> hooks = reaching_hooks(ruleset);
  for (std::size_t c = 0; c < ruleset.chains.size(); ++c) {
    ir::Chain& chain = ruleset.chains[c];
    const ir::Table& table = ruleset.table(chain.table);
    const std::size_t walked = walked_rules(chain.rules);
    std::vector<ir::Rule> kept;
    kept.reserve(chain.rules.size());
    for (std::size_t i = 0; i < chain.rules.size(); ++i) {
      const Place place{table, chain, i < walked ? hooks[c] : std::uint8_t{0}};
      if (check_rule(ruleset, chain.rules[i], place, diagnostics)) kept.push_back(std::move(chain.rules[i]));
    }
    chain.rules = std::move(kept);
  }
}

}  // namespace nfproof::compiler
