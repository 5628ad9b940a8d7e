// SPDX-License-Identifier: Apache-2.0
// The list of passes.
#include "compiler/passes/passes.h"

#include <string_view>

#include "compiler/passes/opaque.h"
#include "compiler/passes/resolve.h"
#include "compiler/passes/verify.h"

namespace nfproof::compiler {
namespace {

struct Pass {
  std::string_view name;
  void (*run)(ir::Ruleset&, source::Diagnostics&);
};

constexpr Pass kPasses[] = {
    {"resolve", resolve},
    {"verify-places", verify_places},
    {"verify-loops", verify_loops},
    {"note-opaque", note_opaque},
};

}  // namespace

void run_passes(ir::Ruleset& ruleset, source::Diagnostics& diagnostics) {
  for (const Pass& pass : kPasses) pass.run(ruleset, diagnostics);
}

}  // namespace nfproof::compiler
