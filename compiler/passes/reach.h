// SPDX-License-Identifier: Apache-2.0
// Which chains the kernel walks into from which hooks when it checks a table. It follows jumps and gotos and stops in a
// chain at the first rule that decides every packet.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <vector>

#include "compiler/ir/ruleset.h"

namespace nfproof::compiler {

[[nodiscard]] bool is_jump(const ir::Rule& rule);
/// ACCEPT, DROP or RETURN without a condition.
[[nodiscard]] bool decides_everything(const ir::Rule& rule);

/// How many rules of a chain the kernel looks at: all, or those up to the first that decides every packet.
template <typename Rules>
[[nodiscard]] std::size_t walked_rules(const Rules& rules) {
  const auto end = std::find_if(rules.begin(), rules.end(), decides_everything);
  return static_cast<std::size_t>(std::distance(rules.begin(), end)) + (end == rules.end() ? 0 : 1);
}

/// For each chain of the ruleset the hooks (1 << Hook) whose built-in chain leads to it.
[[nodiscard]] std::vector<std::uint8_t> reaching_hooks(const ir::Ruleset& ruleset);

}  // namespace nfproof::compiler
