// SPDX-License-Identifier: Apache-2.0
// What the kernel says when a staged table is loaded, and taking changes back: see `StagedTable::settle`. It is the
// same judgement that the pass `verify` makes on whole rulesets, here without places in a file and made again only
// where a change can have another answer.
#include <algorithm>
#include <cstdint>

#include "compiler/extensions/extension.h"
#include "compiler/frontend/staging.h"
#include "compiler/passes/places.h"
#include "compiler/passes/reach.h"

namespace nfproof::compiler {
namespace {

/// One chain as the kernel's walk sees it: the rules up to the first that decides every packet.
struct Node {
  const StagedChain* chain = nullptr;
  std::size_t walked = 0;
  std::vector<std::size_t> jumps;
  std::uint8_t hooks = 0;
};

class KernelCheck {
 public:
  KernelCheck(const std::string& table, ir::Family family, const std::list<StagedChain>& chains)
      : table_(table), family_(family) {
    std::unordered_map<std::string_view, std::size_t> index;
    for (const StagedChain& chain : chains) {
      index.emplace(chain.name, nodes_.size());
      nodes_.push_back({&chain, walked_rules(chain.rules), {}, 0});
    }
    for (Node& node : nodes_) {
      for (std::size_t i = 0; i < node.walked; ++i) {
        const ir::Rule& rule = node.chain->rules[i];
        if (!is_jump(rule)) continue;
        if (const auto to = index.find(rule.target->name); to != index.end()) node.jumps.push_back(to->second);
      }
    }
  }

  /// Is there a loop that packets get into? An explicit stack: chains can be nested deeply.
  [[nodiscard]] bool has_loop() const {
    enum class State : std::uint8_t { kNew, kOpen, kDone };
    struct Frame {
      std::size_t node;
      std::size_t next;
    };
    std::vector<State> state(nodes_.size(), State::kNew);
    std::vector<Frame> path;
    for (std::size_t start = 0; start < nodes_.size(); ++start) {
      if (!nodes_[start].chain->base || state[start] != State::kNew) continue;
      path.push_back({start, 0});
      state[start] = State::kOpen;
      while (!path.empty()) {
        Frame& top = path.back();
        if (top.next == nodes_[top.node].jumps.size()) {
          state[top.node] = State::kDone;
          path.pop_back();
          continue;
        }
        const std::size_t to = nodes_[top.node].jumps[top.next++];
        if (state[to] == State::kOpen) return true;
        if (state[to] == State::kDone) continue;
        state[to] = State::kOpen;
        path.push_back({to, 0});
      }
    }
    return false;
  }

  /// Does a module stand where it is not allowed?
  [[nodiscard]] bool has_misplaced_module() {
    reach_from_hooks();
    for (const Node& node : nodes_)
      for (std::size_t i = 0; i < node.chain->rules.size(); ++i)
        if (is_misplaced(node.chain->rules[i], table_, family_, i < node.walked ? node.hooks : std::uint8_t{0}))
          return true;
    return false;
  }

  static bool is_misplaced(const ir::Rule& rule, const std::string& table, ir::Family family, std::uint8_t hooks) {
    for (const ir::ModuleUse& match : rule.matches)
      if (const Extension* found = find_extension(ExtensionKind::kMatch, match.name, family))
        if (!is_allowed_in(*found, table) || refused_hook(*found, hooks)) return true;
    if (!rule.target || is_jump(rule)) return false;
    const Extension* found = find_extension(ExtensionKind::kTarget, rule.target->name, family);
    return found != nullptr && (!is_allowed_in(*found, table) || refused_hook(*found, hooks));
  }

 private:
  void reach_from_hooks() {
    std::vector<std::size_t> open;
    const auto reach = [&](std::size_t node, std::uint8_t bits) {
      if ((nodes_[node].hooks | bits) == nodes_[node].hooks) return;
      nodes_[node].hooks = static_cast<std::uint8_t>(nodes_[node].hooks | bits);
      open.push_back(node);
    };
    for (std::size_t i = 0; i < nodes_.size(); ++i)
      if (const auto& base = nodes_[i].chain->base)
        reach(i, static_cast<std::uint8_t>(1U << static_cast<unsigned>(base->hook)));
    while (!open.empty()) {
      const std::size_t node = open.back();
      open.pop_back();
      for (const std::size_t to : nodes_[node].jumps) reach(to, nodes_[node].hooks);
    }
  }

  const std::string& table_;
  ir::Family family_;
  std::vector<Node> nodes_;
};

bool has_places(const ir::Rule& rule, ir::Family family) {
  const auto limited = [](const Extension* extension) {
    return extension != nullptr && !(extension->chains.empty() && extension->tables.empty());
  };
  for (const ir::ModuleUse& match : rule.matches)
    if (limited(find_extension(ExtensionKind::kMatch, match.name, family))) return true;
  return rule.target && limited(find_extension(ExtensionKind::kTarget, rule.target->name, family));
}

}  // namespace

void StagedTable::put(StagedChain& chain, std::size_t index, ir::Rule rule) {
  chain.rules.insert(index, std::move(rule));
  if (mode_ == StagingMode::kLive) changes_.push_back({&chain, index, std::nullopt});
}

void StagedTable::take(StagedChain& chain, std::size_t index) {
  if (mode_ == StagingMode::kLive) changes_.push_back({&chain, index, std::move(chain.rules[index])});
  chain.rules.erase(index);
}

void StagedTable::take_back() {
  for (; !changes_.empty(); changes_.pop_back()) {
    Change& last = changes_.back();
    if (last.rule)
      last.chain->rules.insert(last.index, std::move(*last.rule));
    else
      last.chain->rules.erase(last.index);
  }
}

void StagedTable::zero_policies() {
  for (StagedChain& chain : chains_) {
    if (touched_ && !chain.counted) chain.counters = {};
    chain.counted = false;
  }
  accept();
}

bool StagedTable::changes_are_harmless() const {
  return std::all_of(changes_.begin(), changes_.end(), [this](const Change& change) {
    if (change.rule) return !decides_everything(*change.rule);
    if (change.index >= change.chain->rules.size()) return false;
    const ir::Rule& rule = change.chain->rules[change.index];
    if (is_jump(rule)) return false;
    if (!has_places(rule, family_)) return true;
    if (!change.chain->base) return false;
    const auto hook = static_cast<std::uint8_t>(1U << static_cast<unsigned>(change.chain->base->hook));
    return !KernelCheck::is_misplaced(rule, name_, family_, hook);
  });
}

bool StagedTable::settle(source::Span line, source::Diagnostics& diagnostics, bool everything) {
  if (!everything && changes_are_harmless()) {
    zero_policies();
    return true;
  }
  KernelCheck check(name_, family_, chains_);
  const bool loop = check.has_loop();
  if (!loop && !check.has_misplaced_module()) {
    zero_policies();
    return true;
  }
  take_back();
  auto& error = diagnostics.error(loop ? "chain-loop" : "wrong-place", line,
                                  loop ? "this command closes a loop of chains"
                                       : "a match or target of this command is not allowed in this table or chain");
  if (loop)
    error.tool = {source::ToolMessage::Form::kKernel, "Too many levels of symbolic links"};
  else
    error.tool = source::kernel_refuses();
  return false;
}

}  // namespace nfproof::compiler
