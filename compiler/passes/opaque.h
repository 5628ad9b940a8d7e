// SPDX-License-Identifier: Apache-2.0
// Pass `note-opaque`: tells which modules can be read but are not modelled: one warning for each module and file, at its
// first use, with the number of uses.
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
  ir::RuleRef rule;
  source::Span span;
};

/// All of them, in the order of the ruleset, without those that have errors.
[[nodiscard]] std::vector<OpaqueUse> opaque_uses(const ir::Ruleset& ruleset);

void note_opaque(ir::Ruleset& ruleset, source::Diagnostics& diagnostics);

}  // namespace nfproof::compiler
