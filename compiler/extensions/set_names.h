// SPDX-License-Identifier: Apache-2.0
// `SET src,dst`: a set and which sides of the packet its dimensions are taken from, for the match `set` and the target
// SET.
#pragma once

#include "compiler/extensions/extension.h"

namespace nfproof::compiler {

/// Reports a name that is too long and directions that are not a list of `src` and `dst`.
void check_set(const ModuleInput& module, const OptionUse& use);
/// Of a use that was checked.
[[nodiscard]] ir::SetReference set_reference(const OptionUse& use);

}  // namespace nfproof::compiler
