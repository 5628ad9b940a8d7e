// SPDX-License-Identifier: Apache-2.0
// What happens to a ruleset after it was read: small named passes in one list. Each may report diagnostics; errors of
// one do not keep the next from running.
#pragma once

#include <span>
#include <string_view>

#include "compiler/ir/ruleset.h"
#include "compiler/source/diagnostic.h"

namespace nfproof::compiler {

struct Pass {
  std::string_view name;
  void (*run)(ir::Ruleset&, source::Diagnostics&);
};

/// In the order in which they run.
[[nodiscard]] std::span<const Pass> all_passes();
void run_passes(ir::Ruleset& ruleset, source::Diagnostics& diagnostics);

}  // namespace nfproof::compiler
