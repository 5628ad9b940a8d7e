// SPDX-License-Identifier: Apache-2.0
// What SNPT and DNPT share: the prefixes that replace each other.
#pragma once

#include "compiler/extensions/extension.h"

namespace nfproof::compiler {

/// Prefixes must have no bits beyond their length, and be at most 64 bits long.
void check_prefixes(const ModuleInput& module);
void lower_prefixes(const ModuleInput& module, bool destination, Lowering& out);

}  // namespace nfproof::compiler
