// SPDX-License-Identifier: Apache-2.0
// A host for a ruleset that came without one: the interfaces that the rules name, the addresses that they treat as the
// host's own, routes to the networks that they expect behind an interface. Marked as assumed, so that whoever uses it
// can say so.
#pragma once

#include "compiler/ir/host.h"
#include "compiler/ir/ruleset.h"

namespace nfproof::compiler {

[[nodiscard]] ir::Host assume_host(const ir::Ruleset& ruleset);

}  // namespace nfproof::compiler
