// SPDX-License-Identifier: Apache-2.0
// Which chains the kernel walks into from which hooks when it checks a table. It follows jumps and gotos and stops in a
// chain at the first rule that decides every packet.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "compiler/ir/ruleset.h"

namespace nfproof::compiler {

[[nodiscard]] bool is_jump(const ir::Rule& rule);

/// How many rules of the chain the kernel looks at: all, or those up to the first that decides every packet.
[[nodiscard]] std::size_t walked_rules(const ir::Chain& chain);

/// For each chain of the ruleset the hooks (1 << Hook) whose built-in chain leads to it.
[[nodiscard]] std::vector<std::uint8_t> reaching_hooks(const ir::Ruleset& ruleset);

}  // namespace nfproof::compiler
