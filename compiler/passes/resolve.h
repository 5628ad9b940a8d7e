// SPDX-License-Identifier: Apache-2.0
// Pass `resolve`: the names in jumps become chains of the same table. A rule whose target is neither a chain nor a
// target module is reported and taken out.
#pragma once

#include "compiler/ir/ruleset.h"
#include "compiler/source/diagnostic.h"

namespace nfproof::compiler {

void resolve(ir::Ruleset& ruleset, source::Diagnostics& diagnostics);

}  // namespace nfproof::compiler
