// SPDX-License-Identifier: Apache-2.0
// What tests and effects with a memory say, in one text whatever the syntax: equal texts about the same memory (a list,
// a bucket, a counter) answer and change it alike. `recent` of xtables and the dynamic sets of nftables are both sets
// of addresses that packets fill, and `--update` is to find an element and then to refresh it.
#pragma once

#include <string>
#include <vector>

#include "compiler/ir/ruleset.h"

namespace nfproof::analyzer::regions {

/// One thing that is done to a memory.
struct StateStep {
  bool asks = false;      ///< it has an answer; else it only changes something
  bool inverted = false;  ///< the rule wants the answer to be no
  std::string text;
  std::string memory;  ///< which memory it is, in its own ruleset; empty: the text says so itself
};

/// The steps of a test that keeps state. `place`: the rule with the place of the test in it.
[[nodiscard]] std::vector<StateStep> steps_of_test(const ir::Ruleset& ruleset, ir::PredicateId test, ir::RuleRef rule,
                                                   std::size_t place);
/// Is the memory none, or of a test alone, so that no other test asks it?
[[nodiscard]] bool is_own_memory(const std::string& memory);
/// Of an effect.
[[nodiscard]] StateStep step_of_effect(const ir::Ruleset& ruleset, const ir::Effect& effect, ir::ChainId chain);
/// Does the effect only change a set that packets fill, and nothing of the packet?
[[nodiscard]] bool only_changes_a_set(const ir::Effect& effect);
/// A test that keeps state, without what does not change its answers.
[[nodiscard]] std::string stateful_text(const ir::PredicatePool& pool, ir::PredicateId id);

}  // namespace nfproof::analyzer::regions
