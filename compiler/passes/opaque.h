// SPDX-License-Identifier: Apache-2.0
// Pass `note-opaque`: tells which modules can be read but are not modelled, and which stand beside a placeholder for
// their value: one warning for each module and file, at its first use, with the number of uses.
#pragma once

#include <string>
#include <vector>

#include "compiler/ir/ruleset.h"
#include "compiler/source/diagnostic.h"

namespace nfproof::compiler {

/// A match or target of a rule that has no meaning in the core (`ir::Opaque`, `ir::OpaqueEffect`).
struct OpaqueUse {
  std::string module;
  bool is_target = false;
  bool placeholder = false;  ///< the module has semantics, but a placeholder stands for its value
  ir::RuleRef rule;
  source::Span span;
};

/// All of them, in the order of the ruleset.
[[nodiscard]] std::vector<OpaqueUse> opaque_uses(const ir::Ruleset& ruleset);

void note_opaque(ir::Ruleset& ruleset, source::Diagnostics& diagnostics);

}  // namespace nfproof::compiler
