// SPDX-License-Identifier: Apache-2.0
// What happens to a ruleset after it was read: small named passes in one list. Each may report diagnostics; errors of
// one do not keep the next from running.
#pragma once

#include "compiler/ir/ruleset.h"
#include "compiler/source/diagnostic.h"

namespace nfproof::compiler {

/// Runs all passes in the order of the list.
void run_passes(ir::Ruleset& ruleset, source::Diagnostics& diagnostics);

}  // namespace nfproof::compiler
