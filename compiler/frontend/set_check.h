// SPDX-License-Identifier: Apache-2.0
// Rules and the sets that they refer to: a set that no file defines is an error at its name, as iptables-restore has
// it. The rule stays; what it asks is then not known. A look-up that the kernel takes and that can never be true is
// warned of.
#pragma once

#include "compiler/frontend/compile.h"

namespace nfproof::compiler {

/// Also marks the sets that stay as they are (`ir::mark_fixed_sets`).
void check_sets(Compilation& compilation);

}  // namespace nfproof::compiler
