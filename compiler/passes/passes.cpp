// SPDX-License-Identifier: Apache-2.0
// The list of passes.
#include "compiler/passes/passes.h"

#include "compiler/passes/resolve.h"

namespace nfproof::compiler {
namespace {

constexpr Pass kPasses[] = {
    {"resolve", resolve},
};

}  // namespace

std::span<const Pass> all_passes() { return kPasses; }

void run_passes(ir::Ruleset& ruleset, source::Diagnostics& diagnostics) {
  for (const Pass& pass : kPasses) pass.run(ruleset, diagnostics);
}

}  // namespace nfproof::compiler
