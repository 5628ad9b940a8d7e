// SPDX-License-Identifier: Apache-2.0
// What a ruleset says, as text: for tests that two inputs say the same. Places are left out, they differ.
#pragma once

#include <string>

#include "compiler/frontend/compile.h"
#include "compiler/ir/dump.h"
#include "compiler/ir/hook.h"

namespace nfproof::testing {

inline std::string meaning(const compiler::Compilation& compilation) {
  std::string all;
  for (const ir::Table& table : compilation.ruleset.tables) {
    all += "table " + std::to_string(static_cast<int>(table.family)) + ' ' + table.name + '\n';
    for (const ir::ChainId id : table.chains) {
      const ir::Chain& chain = compilation.ruleset.chain(id);
      all += " chain " + chain.name;
      if (chain.base)
        all += " at " + std::string(ir::hook_nft_name(chain.base->hook)) + ' ' + std::to_string(chain.base->priority) +
               (chain.base->policy == ir::VerdictKind::kDrop ? " drop" : " accept");
      all += '\n';
      for (const ir::Rule& rule : chain.rules)
        all += "  " + std::to_string(rule.nft_number) + ": " + ir::dump_rule(compilation.ruleset, rule) + '\n';
    }
  }
  for (const source::Diagnostic& each : compilation.diagnostics.all())
    if (each.severity == source::Severity::kError) all += "error: " + each.message + '\n';
  return all;
}

}  // namespace nfproof::testing
